import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@vitalgate/health';
import { digestOf } from './keys.ts';

/** A link that was printed an hour ago has been seen by whoever reads terminals and logs. */
const VALID_MS = 60 * 60 * 1000;

/**
 * The one-time link with which the first person becomes owner. There is no default password; the
 * link is printed once, works once, and is forgotten with the process.
 */
export class SetUp {
  readonly token: string;
  readonly #clock: Clock;
  readonly #until: number;
  #isUsed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#until = clock.now() + VALID_MS;
    this.token = randomBytes(32).toString('base64url');
  }

  /** Takes the link's token; true once, for the right one. */
  redeem(token: string): boolean {
    const isRight = timingSafeEqual(digestOf(token), digestOf(this.token));
    if (!isRight || this.#isUsed || this.#clock.now() > this.#until) return false;
    this.#isUsed = true;
    return true;
  }
}
