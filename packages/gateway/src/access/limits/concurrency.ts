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

  constructor(identity: LimitIdentity, quota: number) {
    this.id = identity.id;
    this.whose = identity.whose;
    this.label = identity.label;
    this.quota = quota;
  }

  left(): number {
    return Math.max(0, this.quota - this.#used);
  }

  wait(): number | undefined {
    return this.#used < this.quota ? 0 : undefined;
  }

  take(): Hold {
    this.#used += 1;
    return {
      limit: this,
      settle: () => {
        this.#used -= 1;
      },
    };
  }
}
