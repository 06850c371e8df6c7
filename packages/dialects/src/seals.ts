/** Whether a value that a dialect has for media or a seal is what it should be, and what it hides. */

const BACKSLASH = 0x5c;
/** A seal or a medium is longer. What is not is read, for it costs nothing. */
const LEAST_SEALED_BYTES = 64;
/** Of longer ones each byte would take too long; none that a text is full of will do. */
const LOOKED_AT_BYTES = 64 * 1024;
/** Space, full stop, at, comma. */
const PROSE = [0x20, 0x2e, 0x40, 0x2c] as const;
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

function isBase64(bytes: Buffer, from: number, to: number): boolean {
  if (to - from < LEAST_SEALED_BYTES) return false;
  if (to - from > LOOKED_AT_BYTES) {
    return PROSE.every((code) => {
      const at = bytes.indexOf(code, from);
      return at === -1 || at >= to;
    });
  }
  for (let at = from; at < to; at += 1) if (!isOfBase64(bytes[at] as number)) return false;
  return true;
}

const isOfBase64 = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) ||
  (code >= 0x41 && code <= 0x5a) ||
  // + / and digits, but for the full stop between them; - _ =, and the escapes \\n \\r \\/.
  (code >= 0x2f && code <= 0x39) ||
  code === 0x2b ||
  code === 0x2d ||
  code === 0x3d ||
  code === 0x5f ||
  code === BACKSLASH;

/** Whether what this JSON string is the base64 of, after `skip` characters, is text in UTF-8. */
export function holdsText(bytes: Buffer, start: number, end: number, skip: number): boolean {
  const from = start + 1 + skip;
  const head = bytes.toString('latin1', from, Math.min(end - 1, from + HEAD_BYTES));
  const decoded = Buffer.from(head.replaceAll('\\', ''), 'base64');
  // The last character may be cut.
  const text = decoded.toString('utf8').slice(0, -1);
  return text.length > 0 && !/[\0-\x08\x0e-\x1f\ufffd]/.test(text);
}
