/** Hedges saved up at most, so that a quiet hour does not buy a storm. */
const CAPACITY = 10;

/**
 * What second requests to a slow target's neighbour are paid from: each request puts a share of one
 * in, so that no more than that share of a model's traffic is ever asked, and paid for, twice.
 */
export class HedgeBudget {
  readonly #share: number;
  #saved = 1;

  constructor(share: number) {
    this.#share = share;
  }

  deposit(): void {
    this.#saved = Math.min(CAPACITY, this.#saved + this.#share);
  }

  withdraw(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}
