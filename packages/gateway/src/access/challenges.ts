import { randomBytes } from 'node:crypto';
import type { Clock } from '@vitalgate/health';

const GOOD_MS = 5 * 60_000;
const MOST = 1000;

/** What was asked of a browser and is to be answered soon, once. */
export class Challenges<What> {
  readonly #clock: Clock;
  readonly #asked = new Map<string, { readonly what: What; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keeps it; gives the id by which it is found again. */
  ask(what: What): string {
    const id = randomBytes(24).toString('base64url');
    this.#asked.set(id, { what, until: this.#clock.now() + GOOD_MS });
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > MOST && oldest !== undefined) this.#asked.delete(oldest);
    return id;
  }

  /** What was asked; undefined when it was answered already, or too late. */
  take(id: string): What | undefined {
    const found = this.#asked.get(id);
    this.#asked.delete(id);
    return found === undefined || found.until < this.#clock.now() ? undefined : found.what;
  }
}
