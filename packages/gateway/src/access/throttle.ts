import { ApiFailure } from '@vitalgate/contract/api';
import type { Clock } from '@vitalgate/health';
import { household } from './networks.ts';

interface Attempts {
  failures: number;
  /** Monotonic milliseconds. */
  until: number;
  lastAt: number;
}

/** Typing wrong a few times is human. */
const FREE = 5;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** One address tries many accounts. */
const FREE_OF_PEER = 30;
const FORGOTTEN_MS = 60 * 60_000;
const MOST = 10_000;

/**
 * Slows down who guesses. Counted by account and address together, so that a stranger cannot lock
 * the owner out, and by address alone, so that nobody tries one password on every account.
 */
export class SignInThrottle {
  readonly #clock: Clock;
  readonly #attempts = new Map<string, Attempts>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Counts an attempt before it is looked at, so that many at once do not slip through together.
   *
   * @throws {ApiFailure} `too_many_attempts` while one has to wait.
   */
  begin(account: string, address: string): void {
    const now = this.#clock.now();
    const until = Math.max(
      this.#attempts.get(both(account, address))?.until ?? 0,
      this.#attempts.get(household(address))?.until ?? 0,
    );
    if (until <= now) {
      this.#count(both(account, address), FREE);
      this.#count(household(address), FREE_OF_PEER);
      return;
    }
    const retryAfter = Math.ceil((until - now) / 1000);
    throw new ApiFailure('too_many_attempts', `wait ${retryAfter} s, then try again`, {
      retryAfter,
    });
  }

  /** It was right: nothing stands against this account from here any more. */
  succeeded(account: string, address: string): void {
    this.#attempts.delete(both(account, address));
    const ofPeer = this.#attempts.get(household(address));
    if (ofPeer !== undefined) ofPeer.failures -= 1;
  }

  #count(id: string, free: number): void {
    const now = this.#clock.now();
    const known = this.#attempts.get(id);
    const failures =
      known === undefined || now - known.lastAt > FORGOTTEN_MS ? 1 : known.failures + 1;
    const over = failures - free;
    const wait = over < 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** over, LONGEST_WAIT_MS);
    // Again at the end, so that the oldest is the first to be forgotten.
    this.#attempts.delete(id);
    this.#attempts.set(id, { failures, until: now + wait, lastAt: now });
    const [oldest] = this.#attempts.keys();
    if (this.#attempts.size > MOST && oldest !== undefined) this.#attempts.delete(oldest);
  }
}

const both = (account: string, address: string) => `${account} ${household(address)}`;
