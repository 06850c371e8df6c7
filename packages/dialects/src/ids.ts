import { createHash } from 'node:crypto';

/**
 * An id that a vendor takes: the caller's own where it does, else letters and digits made of it.
 * The same id gives the same, so a call and its result still belong together.
 */
export function idFor(id: string, allowed: RegExp, length: number): string {
  if (allowed.test(id)) return id;
  const hash = createHash('sha256').update(id).digest('hex');
  return BigInt(`0x${hash}`).toString(36).padStart(length, '0').slice(-length);
}
