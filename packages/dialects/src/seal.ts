import type { Seal } from './intent.ts';
import { isJsonObject, textIn } from './fields.ts';
import { readJson } from './usage.ts';

/**
 * Signatures and encrypted reasoning travel through a caller of another dialect in an envelope
 * that names who made them, in whatever field that dialect returns unchanged. It is opened only
 * for its maker. The word can stand in no vendor's own signature: those are plain base64.
 */
const PREFIX = 'vgseal.';

/** How every envelope begins that is in base64 once more. */
const PREFIX64 = 'dmdzZWFsL';

const PREFIXES = [PREFIX, PREFIX64].map((prefix) => Buffer.from(prefix));

/** The seal of reasoning that is plain text: it says whose it is, and nothing more. */
export const plainSeal = (origin: string): Seal => ({ origin, data: '' });

/** The seal as one word of `A-Za-z0-9_.-`. */
export function envelope({ origin, data, isContent, id }: Seal): string {
  const json = JSON.stringify({ o: origin, d: data, c: isContent, i: id });
  return PREFIX + Buffer.from(json).toString('base64url');
}

/** The seal for fields of bytes, which clients with types decode: plain base64. */
export function envelope64(seal: Seal): string {
  return Buffer.from(envelope(seal)).toString('base64');
}

/** What a caller returned: opened if it is an envelope, else a seal of the caller's own dialect. */
export function opened(text: string, dialect: string, isContent = false): Seal {
  if (text.startsWith(PREFIX64)) {
    return opened(Buffer.from(text, 'base64').toString(), dialect, isContent);
  }
  if (text.startsWith(PREFIX)) {
    const json = readJson(Buffer.from(text.slice(PREFIX.length), 'base64url').toString());
    const origin = textIn(json, 'o');
    const data = textIn(json, 'd');
    if (isJsonObject(json) && origin !== undefined && data !== undefined) {
      return { origin, data, isContent: json['c'] === true, id: textIn(json, 'i') };
    }
  }
  return { origin: dialect, data: text, isContent };
}

/** Whether a seal may be given to `origin`, which is `dialect/provider`. */
export function fits(seal: Seal, origin: string): boolean {
  return seal.origin === origin || seal.origin === origin.slice(0, origin.indexOf('/'));
}

/** Whether a request holds an envelope, and so cannot pass as it is even in its own dialect. */
export function holdsEnvelope(body: Buffer): boolean {
  return PREFIXES.some((prefix) => body.includes(prefix));
}

/** A call's id with a seal behind it, for dialects that return nothing of a call but its id. */
export function idWithSeal(id: string, seal: Seal | undefined): string {
  return seal === undefined ? id : `${id}.${envelope(seal)}`;
}

export function splitId(text: string): { id: string; seal: Seal | undefined } {
  const at = text.indexOf(`.${PREFIX}`);
  if (at === -1) return { id: text, seal: undefined };
  return { id: text.slice(0, at), seal: opened(text.slice(at + 1), '') };
}
