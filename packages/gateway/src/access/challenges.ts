import { randomBytes } from 'node:crypto';
import type { Clock } from '@vitalgate/health';
import { EncryptJWT, jwtDecrypt } from 'jose';

const GOOD_MS = 5 * 60_000;

/**
 * What was asked of a browser and is to be answered soon, once. It travels with the browser, sealed
 * (RFC 7516), and nothing is kept of it here: kept for each that begins, strangers who begin a
 * thousand times would push out those of everybody else.
 */
export class Challenges<What extends Readonly<Record<string, string | null>>> {
  readonly #clock: Clock;
  /** Of this process, and of this kind of challenge: none is good in the place of another. */
  readonly #key = randomBytes(32);
  /** Until when they would be good; only those that were answered right. */
  readonly #spent = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Gives what the browser brings back. */
  ask(what: What): Promise<string> {
    return new EncryptJWT({ what })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setJti(randomBytes(16).toString('base64url'))
      .setExpirationTime(Math.ceil((this.#clock.now() + GOOD_MS) / 1000))
      .encrypt(this.#key);
  }

  /** What was asked; undefined when it is none of ours, was answered already, or comes too late. */
  async find(sealed: string): Promise<{ readonly id: string; readonly what: What } | undefined> {
    // Monotonic: a step of the wall clock ends no sign-in, and makes none good again.
    const currentDate = new Date(this.#clock.now());
    const found = await jwtDecrypt<{ what: What }>(sealed, this.#key, { currentDate }).catch(
      () => undefined,
    );
    if (found === undefined) return undefined;
    const { jti: id = '', what } = found.payload;
    return this.#spent.has(id) ? undefined : { id, what };
  }

  /** Whether this is the first right answer to it. */
  spend(id: string): boolean {
    const now = this.#clock.now();
    for (const [other, until] of this.#spent) if (until < now) this.#spent.delete(other);
    if (this.#spent.has(id)) return false;
    this.#spent.set(id, now + GOOD_MS + 1000);
    return true;
  }
}
