import { reader, type Reader } from './reader.ts';

/** A page for people. Its words are not understood: only the status code counts. */
export const html: Reader = reader(
  'html',
  ({ type, text }) =>
    // Frameworks that send every string as a page send JSON so, too.
    ((type === 'text/html' || type === 'application/xhtml+xml') &&
      !/^\s{0,99}[{[]/.test(text.slice(0, 128))) ||
    /^\s{0,99}<(!doctype html|html)\b/i.test(text.slice(0, 128)),
  () => ({ status: undefined }),
);
