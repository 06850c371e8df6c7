import type { Strike } from './fault/fault-set.ts';

/** When the tokens of one answer are due. */
export class Pace {
  readonly #firstAfter: number;
  readonly #interval: number;
  #due: number | undefined;

  constructor({ timeToFirstToken, tokensPerSecond }: Strike) {
    this.#firstAfter = timeToFirstToken;
    this.#interval = 1000 / tokensPerSecond;
  }

  /** False when everything is due at once. */
  get isPaced(): boolean {
    return this.#firstAfter > 0 || this.#interval > 0;
  }

  /** How long all tokens of a whole answer take. */
  whole(tokens: number): number {
    return tokens === 0 ? 0 : this.#firstAfter + tokens * this.#interval;
  }

  /**
   * How long from `now` until the next tokens of a stream are due. Due times are reckoned from the
   * first call on, not from the last token, so that late timers do not slow the stream down.
   */
  wait(now: number, tokens: number): number {
    if (tokens === 0) {
      this.#due ??= now + this.#firstAfter - this.#interval;
      return 0;
    }
    this.#due = (this.#due ?? now + this.#firstAfter - this.#interval) + tokens * this.#interval;
    return Math.max(0, this.#due - now);
  }
}
