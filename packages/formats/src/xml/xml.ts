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
  read: (bytes, options) =>
    parseXml(textOfBody(bytes, options.contentType, declaredIn(bytes)), options),
  write: (value, { root }) => ({
    bytes: utf8(stringifyXml(value, root)),
    contentType: 'application/xml; charset=utf-8',
  }),
};

/** XML 1.0, 4.3.3: where nobody else says how a document is written, it does. */
function declaredIn(bytes: Uint8Array): string | undefined {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  return /^<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][\w.-]*)/.exec(start)?.[1];
}
