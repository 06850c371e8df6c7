import { FormatError } from './errors.ts';
import { isList, isRecord, type Value } from './value.ts';

/**
 * The text of a body: by the mark at its beginning (Encoding Standard, "BOM sniff"), the charset of its
 * content type, or what it declares itself; UTF-8 where none is told.
 */
export function textOfBody(bytes: Uint8Array, contentType = '', declared?: string): string {
  const [, charset = declared ?? 'utf-8'] = /;\s*charset="?([^\s";]+)/i.exec(contentType) ?? [];
  const told = utf16Of(bytes) ?? charset;
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(told, { fatal: true });
  } catch {
    throw new FormatError('charset', 'use utf-8');
  }
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new FormatError('unreadable', `it is not ${decoder.encoding}`, { cause });
  }
}

function utf16Of([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const REPLACEMENT = '\uFFFD';

/**
 * Libraries write U+FFFD where bytes are no UTF-8. Nobody would know of it: what has one that was not written is
 * not taken for what was said.
 *
 * @param isWritten whether the document has one itself; asked only where a value does
 * @throws {FormatError} `unreadable`
 */
export function refuseReplaced(value: Value, isWritten: () => boolean): Value {
  if (isReplaced(value) && !isWritten()) {
    throw new FormatError('unreadable', 'a text in it is not utf-8');
  }
  return value;
}

/** Whether bytes have the letter U+FFFD as UTF-8. */
export const hasReplacement = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(REPLACEMENT);

function isReplaced(value: Value): boolean {
  if (typeof value === 'string') return value.includes(REPLACEMENT);
  if (isList(value)) return value.some(isReplaced);
  return (
    isRecord(value) &&
    Object.entries(value).some(([key, item]) => key.includes(REPLACEMENT) || isReplaced(item))
  );
}
