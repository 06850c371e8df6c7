/** What is asked of an attempt that waits for its first byte. */
export interface Waiting {
  /** Clock milliseconds. */
  readonly startedAt: number;
  readonly settled: Promise<void>;
}

/** One that is late is a slow answer. So many at once, and nothing heard meanwhile, are none. */
const ENOUGH = 3;
/** Nothing is late before this, in milliseconds. */
const LEAST_PATIENCE_MS = 1000;
/** So many times the slowest of the last answers is late. */
const TIMES_THE_SLOWEST = 3;
/** What is left of the slowest with each answer since: half of it after about seventy. */
const KEPT = 0.99;

/**
 * When a target counts as silent: several requests have waited there for much longer than any did lately,
 * and of none since has a byte come back. That alone may be a few that are slower than all others, so one
 * of them is asked for elsewhere first; if it is answered there before, all are. A provider that takes
 * requests and answers nothing is found so in a second or two, where its deadline for a first token has to
 * be long enough for the slowest model.
 */
export class Silence {
  #heardAt = Number.NEGATIVE_INFINITY;
  #silentAt = Number.NEGATIVE_INFINITY;
  #slowestStreamedMs: number | undefined;
  #slowestWholeMs: number | undefined;
  readonly #late = new Map<Waiting, () => void>();
  /** The one that is asked for elsewhere to see. */
  #scout: Waiting | undefined;

  /** A good answer's first byte came after `ms`. */
  answered(ms: number, isStreamed: boolean): void {
    if (isStreamed) this.#slowestStreamedMs = Math.max(ms, (this.#slowestStreamedMs ?? 0) * KEPT);
    else this.#slowestWholeMs = Math.max(ms, (this.#slowestWholeMs ?? 0) * KEPT);
  }

  /** Something came back at `at`, whatever it was. */
  heard(at: number): void {
    this.#heardAt = Math.max(this.#heardAt, at);
  }

  /** After how many milliseconds one is late; half of its deadline where nobody knows what is usual. */
  patienceMs(isStreamed: boolean, firstMs: number): number {
    const slowest = isStreamed ? this.#slowestStreamedMs : this.#slowestWholeMs;
    if (slowest === undefined) return firstMs / 2;
    return Math.max(LEAST_PATIENCE_MS, slowest * TIMES_THE_SLOWEST);
  }

  /**
   * Of one that is late by now: true once it is to be asked for elsewhere, false when it has settled before
   * that. A trial is all that a target is asked, and enough by itself. What came of it is to be told by
   * `outrun` or `withdrawn`.
   */
  async isSilentFor(waiting: Waiting, isTrial: boolean): Promise<boolean> {
    if (isTrial) return true;
    const silent = new Promise<boolean>((resolve) => {
      this.#late.set(waiting, () => resolve(true));
    });
    this.#judge();
    try {
      return await Promise.race([silent, waiting.settled.then(() => false)]);
    } finally {
      this.#late.delete(waiting);
    }
  }

  /** Another target has answered one by `now`, of which nothing was heard here. */
  outrun(waiting: Waiting, now: number): void {
    this.#silentAt = now;
    this.withdrawn(waiting);
  }

  /** One was answered here after all, or by nobody. */
  withdrawn(waiting: Waiting): void {
    if (this.#scout === waiting) this.#scout = undefined;
    this.#judge();
  }

  #judge(): void {
    if (this.#silentAt > this.#heardAt) {
      // Those as well that were asked just before the last was heard.
      for (const tell of this.#late.values()) tell();
      return;
    }
    const unheard = [...this.#late].filter(([{ startedAt }]) => startedAt > this.#heardAt);
    const [oldest] = unheard;
    if (this.#scout !== undefined || oldest === undefined || unheard.length < ENOUGH) return;
    const [scout, tell] = oldest;
    this.#scout = scout;
    tell();
  }
}
