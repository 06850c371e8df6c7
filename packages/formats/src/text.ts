import { FormatError } from './errors.ts';

/** The text of a body, by the charset of its content type; UTF-8 where none is told. */
export function textOfBody(bytes: Uint8Array, contentType = ''): string {
  const [, told = 'utf-8'] = /;\s*charset="?([^\s";]+)/i.exec(contentType) ?? [];
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

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
