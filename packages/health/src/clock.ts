/**
 * The only file that touches time. Everything else is handed a clock, so that tests of hours run
 * in milliseconds and never sleep.
 */

/** Stops a timer; calling it again, or after the timer has fired, does nothing. */
export type Cancel = () => void;

export interface Clock {
  /** Monotonic milliseconds with a fraction; comparable between threads of one process. */
  now(): number;
  /** Wall-clock milliseconds since the Unix epoch: for dates that people read, never for durations. */
  wall(): number;
  /** Runs `fn` once, `ms` from now. Does not keep the process alive. */
  after(ms: number, fn: () => void): Cancel;
  /** Runs `fn` every `ms`. Does not keep the process alive. */
  every(ms: number, fn: () => void): Cancel;
}

export const systemClock: Clock = {
  // hrtime counts from one origin for all threads; performance.now() starts anew in each worker.
  now: () => Number(process.hrtime.bigint()) / 1e6,
  wall: () => Date.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  every(ms, fn) {
    const timer = setInterval(fn, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};

interface Waiting {
  at: number;
  order: number;
  interval: number | undefined;
  fn: () => void;
}

/** A clock that stands still until a test moves it. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #epoch: number;
  readonly #waiting = new Set<Waiting>();

  constructor(epoch: number = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#epoch + this.#now;
  }

  after(ms: number, fn: () => void): Cancel {
    return this.#wait(ms, undefined, fn);
  }

  every(ms: number, fn: () => void): Cancel {
    return this.#wait(ms, ms, fn);
  }

  /** Moves time on by `ms`, running what falls due in order of its time. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#now = Math.max(this.#now, next.at);
      if (next.interval === undefined) this.#waiting.delete(next);
      else next.at += next.interval;
      next.fn();
    }
    this.#now = until;
  }

  #wait(ms: number, interval: number | undefined, fn: () => void): Cancel {
    const waiting: Waiting = { at: this.#now + ms, order: this.#order++, interval, fn };
    this.#waiting.add(waiting);
    return () => this.#waiting.delete(waiting);
  }

  #next(until: number): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.at > until) continue;
      if (first === undefined || waiting.at < first.at) first = waiting;
      else if (waiting.at === first.at && waiting.order < first.order) first = waiting;
    }
    return first;
  }
}
