import type { Hold, Limit, LimitIdentity } from './limit.ts';

/** So many at once. */
export class Concurrency implements Limit {
  readonly id: string;
  readonly kind = 'concurrency';
  readonly whose: string;
  readonly label: string;
  readonly span = 'at once';
  readonly windowMs = undefined;
  quota: number;
  #used = 0;
  /** What other instances were last known to have at once. */
  #foreign = 0;

  constructor(identity: LimitIdentity, quota: number) {
    this.id = identity.id;
    this.whose = identity.whose;
    this.label = identity.label;
    this.quota = quota;
  }

  left(): number {
    return Math.max(0, this.quota - this.#used - this.#foreign);
  }

  wait(amount: number): number | undefined {
    return this.#used + Math.min(amount, this.quota) <= this.quota ? 0 : undefined;
  }

  take(amount: number): Hold {
    this.#used += amount;
    return {
      limit: this,
      settle: () => {
        this.#used -= amount;
      },
    };
  }

  learn(used: number): void {
    this.#foreign = Math.max(0, used - this.#used);
  }
}
