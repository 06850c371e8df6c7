/** An answer made ready for being read: decoded, measured, parsed once. */
import type { Told } from './told.ts';

/** More than any health answer needs; what is longer was meant to do harm. */
const MAX_CHARACTERS = 1_048_576;

export interface Page {
  readonly code: number | undefined;
  readonly exitCode: number | undefined;
  /** The media type in lower case, without parameters. */
  readonly type: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly bytes: Uint8Array | undefined;
  readonly text: string;
  /** The body as JSON; undefined when it is none (no JSON text means undefined). */
  readonly json: unknown;
  /** Too long to be believed; `text` is empty then. */
  readonly isTooLong: boolean;
}

export function pageOf({ code, exitCode, contentType, headers = {}, body = '' }: Told): Page {
  const type = contentType ?? first(headers['content-type']) ?? '';
  const bytes = typeof body === 'string' ? undefined : body;
  const isTooLong = body.length > MAX_CHARACTERS;
  const text = isTooLong ? '' : decode(body);
  return {
    code,
    exitCode,
    type: type.slice(0, 256).split(';', 1).join().trim().toLowerCase(),
    headers,
    bytes: isTooLong ? undefined : bytes,
    text,
    json: parse(text),
    isTooLong,
  };
}

export function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value[0] : value;
}

/** Broken UTF-8 becomes U+FFFD, a byte order mark nothing. */
function decode(body: string | Uint8Array): string {
  if (typeof body !== 'string') return new TextDecoder().decode(body);
  return body.startsWith('\uFEFF') ? body.slice(1) : body;
}

function parse(text: string): unknown {
  if (!/^\s*[[{"tfn\d-]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
