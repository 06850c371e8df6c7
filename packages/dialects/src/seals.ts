/** Whether a value that a dialect has for media or a seal is what it should be, and what it hides. */

const BACKSLASH = 0x5c;
/** Characters of the longest escape of JSON. */
const LONGEST_ESCAPE = 6;
/** A seal or a medium is longer. What is not is read, for it costs nothing. */
const LEAST_SEALED_BYTES = 64;
/** So much is decoded at once. */
const AT_ONCE = 64 * 1024;
/** So many bytes tell text from a picture, a sound or an archive. */
const HEAD_BYTES = 1024;

/**
 * How many characters of this JSON string stand before the base64 that is all the rest of it (RFC 4648,
 * either alphabet): none, or the beginning of a `data:` URL (RFC 2397). Undefined where it is no such thing.
 */
export function base64In(bytes: Buffer, start: number, end: number): number | undefined {
  const before = /^data:[^,"]{0,200};base64,/i.exec(
    bytes.toString('latin1', start + 1, Math.min(end - 1, start + 256)),
  );
  if (before === null) return isBase64(bytes, start + 1, end - 1) ? 0 : undefined;
  const [{ length }] = before;
  return isBase64(bytes, start + 1 + length, end - 1) ? length : undefined;
}

/** Decoding tells, for it leaves out what is none, and takes a tenth of a look at each byte. */
function isBase64(bytes: Buffer, from: number, to: number): boolean {
  if (to - from < LEAST_SEALED_BYTES) return false;
  for (let at = from; at < to;) {
    let end = Math.min(to, at + AT_ONCE);
    if (end < to) {
      const slash = bytes.subarray(end - LONGEST_ESCAPE + 1, end).lastIndexOf(BACKSLASH);
      if (slash !== -1) end += slash + 1 - LONGEST_ESCAPE;
    }
    const part = unescaped(bytes.toString('latin1', at, end));
    const digits = end === to ? part.replace(/={1,2}$/, '') : part;
    if (Buffer.from(digits, 'base64').length !== Math.floor((digits.length * 3) / 4)) return false;
    at = end;
  }
  return true;
}

/** As it is without the escapes of JSON and the ends of lines (RFC 2045, section 6.8). */
function unescaped(written: string): string {
  if (!written.includes('\\')) return written;
  try {
    return (JSON.parse(`"${written}"`) as string).replaceAll(/[\r\n]/g, '');
  } catch {
    return written;
  }
}

/** Whether what this JSON string is the base64 of, after `skip` characters, is text in UTF-8. */
export function holdsText(bytes: Buffer, start: number, end: number, skip: number): boolean {
  const from = start + 1 + skip;
  const head = bytes.toString('latin1', from, Math.min(end - 1, from + HEAD_BYTES));
  const decoded = Buffer.from(unescaped(head.replace(/\\[^\\]{0,4}$/, '')), 'base64');
  // The last character may be cut.
  const text = decoded.toString('utf8').slice(0, -1);
  return text.length > 0 && !/[\0-\x08\x0e-\x1f\ufffd]/.test(text);
}
