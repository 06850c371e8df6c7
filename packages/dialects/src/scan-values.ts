/** Where the values of a JSON text end, without reading them. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** So many bytes are looked at one by one before the search is left to the machine. */
const NEAR = 48;

/**
 * Offset after the closing quote, or -1. Short strings by loop, long ones (prompts) natively; where
 * escaped quotes stand close together (code, JSON in JSON), each native search would find the next.
 */
export function endOfString(body: Buffer, start: number): number {
  let i = start + 1;
  for (;;) {
    const near = Math.min(i + NEAR, body.length);
    while (i < near) {
      const byte = body[i];
      if (byte === QUOTE) return i + 1;
      i += byte === BACKSLASH ? 2 : 1;
    }
    const quote = body.indexOf(QUOTE, i);
    if (quote === -1) return -1;
    // An odd number of backslashes before a quote means that the quote itself is escaped.
    let backslashes = 0;
    while (quote - 1 - backslashes >= i && body[quote - 1 - backslashes] === BACKSLASH) {
      backslashes += 1;
    }
    if (backslashes % 2 === 0) return quote + 1;
    i = quote + 1;
  }
}

/** Offset after a number, true, false or null (RFC 8259, sections 3 and 6), or -1. */
export function endOfScalar(body: Buffer, start: number): number {
  const first = body[start] as number;
  const end = first >= 0x61 && first <= 0x7a ? endOfLiteral(body, start) : endOfNumber(body, start);
  return end === -1 || isScalar[body[end] ?? 0] === 1 ? -1 : end;
}

/** Bytes that go on with a scalar: behind one there is none. */
const isScalar = new Uint8Array(256);
for (const byte of Buffer.from('+-.0123456789Eabcdefghijklmnopqrstuvwxyz')) isScalar[byte] = 1;

const literals = ['true', 'false', 'null'].map((text) => Buffer.from(text));

function endOfLiteral(body: Buffer, start: number): number {
  for (const literal of literals) {
    let n = 0;
    while (n < literal.length && body[start + n] === literal[n]) n += 1;
    if (n === literal.length) return start + n;
  }
  return -1;
}

/** A longer number is one that nobody means; the limit is allowed (RFC 8259, section 6). */
const LONGEST_NUMBER = 64;

function endOfNumber(body: Buffer, start: number): number {
  let i = body[start] === 0x2d ? start + 1 : start;
  const whole = i;
  i = endOfDigits(body, i);
  if (i === whole || (body[whole] === 0x30 && i > whole + 1)) return -1;
  if (body[i] === 0x2e) {
    const fraction = i + 1;
    i = endOfDigits(body, fraction);
    if (i === fraction) return -1;
  }
  if (body[i] === 0x65 || body[i] === 0x45) {
    const sign = body[i + 1];
    const exponent = sign === 0x2b || sign === 0x2d ? i + 2 : i + 1;
    i = endOfDigits(body, exponent);
    if (i === exponent) return -1;
  }
  return i - start > LONGEST_NUMBER ? -1 : i;
}

function endOfDigits(body: Buffer, start: number): number {
  let i = start;
  while (((body[i] as number) ^ 0x30) < 10) i += 1;
  return i;
}
