import type { Limit } from './limit.ts';

/** Counters of addresses and the like are made as they come, by whoever comes. */
const GENERATION = 25_000;

/** All counters there are, whatever configuration asks for them: a reload forgets nothing. */
export class LimitStates {
  readonly #fixed = new Map<string, Limit>();
  /** Used since the older ones were last let go of, and used before. */
  #young = new Map<string, Limit>();
  #old = new Map<string, Limit>();

  /** The counter with this id, made when there is none. */
  get(id: string, quota: number, make: () => Limit): Limit {
    let limit = this.#fixed.get(id);
    if (limit === undefined) {
      limit = make();
      this.#fixed.set(id, limit);
    }
    limit.quota = quota;
    return limit;
  }

  /**
   * The same for one that anybody can cause to be made: those that were not used for the longest
   * time are dropped when there are too many.
   */
  getPassing(id: string, quota: number, make: () => Limit): Limit {
    let limit = this.#young.get(id);
    if (limit === undefined) {
      limit = this.#old.get(id) ?? make();
      this.#young.set(id, limit);
      if (this.#young.size > GENERATION) {
        this.#old = this.#young;
        this.#young = new Map();
      }
    }
    limit.quota = quota;
    return limit;
  }

  *[Symbol.iterator](): Generator<Limit> {
    yield* this.#fixed.values();
    yield* this.#young.values();
    for (const [id, limit] of this.#old) if (!this.#young.has(id)) yield limit;
  }
}
