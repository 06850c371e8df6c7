import { timingSafeEqual } from 'node:crypto';
import { StartFailure } from '@vitalgate/contract';
import type { Role } from '@vitalgate/contract/api';
import { digestOf } from './keys.ts';

/** Shorter ones can be guessed; 32 characters of hexadecimal are 128 bits. */
const MIN_LENGTH = 32;

/** What automation is known by. */
export interface AdminToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Such as `keys:write`; null: all that the role may. */
  readonly scopes: readonly string[] | null;
  readonly digest: Buffer;
  /** Wall-clock milliseconds. */
  readonly expiresAt: number | null;
}

/** The tokens that open the admin listener, and the full view of health. */
export class AdminTokens {
  readonly #tokens: readonly AdminToken[];

  constructor(tokens: readonly AdminToken[]) {
    this.#tokens = tokens;
  }

  /** The token of this secret, if it is still good at `now` (wall-clock milliseconds). */
  find(secret: string | undefined, now: number): AdminToken | undefined {
    if (secret === undefined) return undefined;
    const digest = digestOf(secret);
    return this.#tokens.find(
      (known) =>
        timingSafeEqual(known.digest, digest) &&
        (known.expiresAt === null || now < known.expiresAt),
    );
  }

  /** Whether it may see the health of everything. */
  seesHealth(secret: string, now: number): boolean {
    const token = this.find(secret, now);
    if (token === undefined || token.role === 'member') return false;
    return token.scopes === null || token.scopes.includes('health:read');
  }
}

/**
 * The token from the environment, an owner's; undefined when there is none.
 *
 * @throws {StartFailure} `weak_secret` when it is too short to be one: never start half open.
 */
export function tokenFromEnvironment(secret: string | undefined): AdminToken | undefined {
  if (secret === undefined) return undefined;
  if (secret.length < MIN_LENGTH) {
    throw new StartFailure(
      'weak_secret',
      `found a VITALGATE_ADMIN_TOKEN of ${secret.length} characters, expected at least ${MIN_LENGTH}`,
    );
  }
  return {
    id: 'environment',
    name: 'VITALGATE_ADMIN_TOKEN',
    role: 'owner',
    scopes: null,
    digest: digestOf(secret),
    expiresAt: null,
  };
}
