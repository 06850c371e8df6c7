import type { Clock } from '@vitalgate/health';
import type { Log } from './log.ts';

/** One request that was refused before anybody knew who asks, or what. */
export interface Refusal {
  /** The id that its caller was told. */
  readonly request: string;
  readonly status: number;
  readonly code: string;
  /** Undefined where it could not be read. */
  readonly method: string | undefined;
  readonly address: string | undefined;
}

const WHILE_MS = 60_000;
const MOST_LINES = 30;

/**
 * Writes such refusals down, without the path, which may hold a key. They cost strangers nothing, so that in
 * a minute a few have a line of their own and the next line says how many more there were.
 */
export class Refusals {
  readonly #clock: Clock;
  readonly #log: Log;
  #begunAt = Number.NEGATIVE_INFINITY;
  #told = 0;
  #untold = 0;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  tell(refusal: Refusal): void {
    const now = this.#clock.now();
    if (now - this.#begunAt >= WHILE_MS) {
      if (this.#untold > 0) this.#log.info({ untold: this.#untold }, 'more requests were refused');
      this.#begunAt = now;
      this.#told = 0;
      this.#untold = 0;
    }
    if (this.#told === MOST_LINES) {
      this.#untold += 1;
      return;
    }
    this.#told += 1;
    this.#log.info(refusal, 'refused before it was handled');
  }
}
