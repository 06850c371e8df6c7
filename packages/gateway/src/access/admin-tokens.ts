import { timingSafeEqual } from 'node:crypto';
import { StartFailure } from '@vitalgate/contract';
import { digestOf } from './keys.ts';

/** Shorter ones can be guessed; 32 characters of hexadecimal are 128 bits. */
const MIN_LENGTH = 32;

/** The tokens that open the admin listener, and the full view of health. */
export class AdminTokens {
  readonly #digests: readonly Buffer[];

  constructor(digests: readonly Buffer[]) {
    this.#digests = digests;
  }

  includes(token: string | undefined): boolean {
    if (token === undefined) return false;
    const digest = digestOf(token);
    return this.#digests.some((known) => timingSafeEqual(known, digest));
  }
}

/**
 * Digest of the token from the environment; undefined when there is none.
 *
 * @throws {StartFailure} `weak_secret` when it is too short to be one: never start half open.
 */
export function digestFromEnvironment(token: string | undefined): Buffer | undefined {
  if (token === undefined) return undefined;
  if (token.length < MIN_LENGTH) {
    throw new StartFailure(
      'weak_secret',
      `found a VITALGATE_ADMIN_TOKEN of ${token.length} characters, expected at least ${MIN_LENGTH}`,
    );
  }
  return digestOf(token);
}
