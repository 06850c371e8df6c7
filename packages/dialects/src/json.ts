/**
 * JSON whose numbers keep their digits. An id of 64 bits inside a tool's arguments is rounded by
 * `JSON.parse`; numbers that would change are kept as they were written, and `JSON.stringify`
 * writes them so again (ECMA-262, `JSON.rawJSON`).
 */

// The typings of ES2024 do not know the source text of a revived value yet.
declare global {
  interface JSON {
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
  }
}

/** Only a number this long, or with an exponent, can change; looking is cheaper than reviving. */
const MAY_CHANGE = /\d{16}|\d\.\d{14}|\d[eE]/;

/** @throws {SyntaxError} when the text is no JSON */
export function parseJson(text: string): unknown {
  return MAY_CHANGE.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

/** JSON of untrusted text whose numbers keep their digits, or undefined. */
export function tryJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function keepDigits(this: unknown, _key: string, value: unknown, context?: unknown): unknown {
  if (typeof value !== 'number') return value;
  const source = (context as { source?: string } | undefined)?.source;
  return source === undefined || source === String(value) || isSame(source, value)
    ? value
    : JSON.rawJSON(source);
}

/** `1.0` and `1e3` are other spellings of the same number; only lost digits are worth keeping. */
function isSame(source: string, value: number): boolean {
  return (
    /[.eE]/.test(source) && source.replaceAll(/\D/g, '').length <= 15 && Number.isFinite(value)
  );
}

/** A number of untrusted JSON, whether its digits were kept or not. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return JSON.isRawJSON(value) ? Number(JSON.stringify(value)) : undefined;
}
