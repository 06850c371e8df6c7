import type { Clock } from '@vitalgate/health';

/**
 * What second attempts are paid from, so that an outage of everything is not answered with a storm.
 * An attempt that serves its caller is paid back: failing over to a healthy target is free however
 * many callers need it at once, and only retries that fail run the budget down.
 */
export class RetryBudget {
  readonly #clock: Clock;
  #tokens = CAPACITY;
  #filledAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAt = clock.now();
  }

  /** Each first attempt pays in a share of a retry. */
  deposit(): void {
    this.#tokens = Math.min(CAPACITY, this.#tokens + SHARE_OF_TRAFFIC);
  }

  /** Takes one retry; false when there is none left. */
  withdraw(): boolean {
    const now = this.#clock.now();
    const refill = ((now - this.#filledAt) / 1000) * REFILL_PER_SECOND;
    this.#tokens = Math.min(CAPACITY, this.#tokens + refill);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Pays back a retry that served its caller. */
  refund(): void {
    this.#tokens = Math.min(CAPACITY, this.#tokens + 1);
  }
}

/** As many callers as may be in flight to a provider when it dies. */
const CAPACITY = 1000;
const SHARE_OF_TRAFFIC = 0.2;
const REFILL_PER_SECOND = 10;
