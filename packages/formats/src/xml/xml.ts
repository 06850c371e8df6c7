import type { PromptFormat } from '../format.ts';
import { textOfBody, utf8 } from '../text.ts';
import { parseXml } from './read.ts';
import { stringifyXml } from './write.ts';

/**
 * XML 1.0, by the conventions of docs/formats.md: attributes are keys with `@`, the text beside
 * them is `#text`, elements of one name are a list, namespaces stay as they are written.
 */
export const xml: PromptFormat = {
  name: 'xml',
  mediaTypes: ['application/xml', 'text/xml'],
  read: (bytes, options) => parseXml(textOfBody(bytes, options.contentType), options),
  write: (value, { root }) => ({
    bytes: utf8(stringifyXml(value, root)),
    contentType: 'application/xml; charset=utf-8',
  }),
};
