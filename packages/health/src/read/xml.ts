import { elements } from './elements.ts';
import { isFields } from './fields.ts';
import { object } from './json.ts';
import { malformed, reader, type Reader } from './reader.ts';
import { statusWord, wordOf } from './words.ts';

/**
 * XML in which an element or attribute says the status, as JSON would: `<status>UP</status>`,
 * `<health status="UP">`, checks within `<checks>` or beside it. A document with a DTD is
 * malformed to us, whatever it says.
 */
export const xml: Reader = reader(
  'xml',
  ({ type, text }) => /^(application|text)\/([a-z.-]+\+)?xml$/.test(type) || /^\s*</.test(text),
  ({ text }) => {
    const document = elements(text);
    if (document === undefined) return malformed;
    const { root } = document;
    if (isFields(root)) return object(root);
    return wordOf(root) === undefined ? malformed : { ...statusWord(root), said: String(root) };
  },
);
