import type { Hold, Limit, LimitIdentity, LimitKind, Moment } from './limit.ts';

/** What was used within a short stretch of time, forgotten together. */
interface Stretch {
  readonly firstAt: number;
  lastAt: number;
  amount: number;
  isForgotten: boolean;
}

/** A window is remembered in so many stretches: what was used is free again at most 5 % late. */
const STRETCHES = 20;

/**
 * So much in any window of time, wherever it begins. A bucket that refills evenly would let twice
 * as much into the window after a pause, and every caller measures a limit over its own window.
 * With a `burst`, requests are besides paced by the generic cell rate algorithm (ITU-T I.371,
 * annex A): so many at once, then one each interval.
 */
export class Rate implements Limit {
  readonly id: string;
  readonly kind: LimitKind;
  readonly whose: string;
  readonly label: string;
  readonly span: string;
  readonly windowMs: number;
  readonly burst: number | undefined;
  quota: number;
  #used = 0;
  /** Oldest first. */
  readonly #stretches: Stretch[] = [];
  /** What other instances are known to have used, and until when that counts. */
  #foreign = 0;
  #foreignUntil = 0;
  /** When the bucket of the cell rate algorithm will be full again. */
  #fullAt = 0;

  constructor(identity: LimitIdentity, quota: number, windowMs: number, burst?: number) {
    this.id = identity.id;
    this.kind = identity.kind;
    this.whose = identity.whose;
    this.label = identity.label;
    this.span = `in ${windowMs / 1000} s`;
    this.quota = quota;
    this.windowMs = windowMs;
    this.burst = burst;
  }

  left({ now }: Moment): number {
    this.#forget(now);
    return Math.max(0, this.quota - this.#used - this.#foreign);
  }

  wait(amount: number, { now }: Moment): number {
    this.#forget(now);
    // More than the whole quota at once is let in when nothing is used: else it never would be.
    let over = this.#used + this.#foreign + Math.min(amount, this.quota) - this.quota;
    const paced = this.#pace(amount, now);
    if (over <= 0) return paced;
    for (const stretch of this.#stretches) {
      over -= stretch.amount;
      if (over <= 0) return Math.max(paced, stretch.lastAt + this.windowMs - now);
    }
    return Math.max(paced, this.#foreignUntil - now, 1);
  }

  take(amount: number, { now }: Moment): Hold {
    if (this.burst !== undefined) {
      this.#fullAt = Math.max(now, this.#fullAt) + amount * (this.windowMs / this.quota);
    }
    const stretch = this.#add(amount, now);
    return {
      limit: this,
      settle: (used, at) => {
        if (used === undefined || used === amount) return;
        // What was used beyond what was taken was used by now, not when it began.
        if (used > amount) this.#add(used - amount, at.now);
        else if (!stretch.isForgotten) {
          stretch.amount -= amount - used;
          this.#used -= amount - used;
        }
      },
    };
  }

  learn(used: number, { now }: Moment): void {
    this.#foreign = used - this.#used;
    this.#foreignUntil = now + this.windowMs;
  }

  #add(amount: number, now: number): Stretch {
    this.#used += amount;
    const last = this.#stretches.at(-1);
    if (last !== undefined && now - last.firstAt < this.windowMs / STRETCHES) {
      last.lastAt = now;
      last.amount += amount;
      return last;
    }
    const stretch = { firstAt: now, lastAt: now, amount, isForgotten: false };
    this.#stretches.push(stretch);
    return stretch;
  }

  #forget(now: number): void {
    if (now >= this.#foreignUntil) this.#foreign = 0;
    for (;;) {
      const oldest = this.#stretches[0];
      if (oldest === undefined || oldest.lastAt + this.windowMs > now) return;
      oldest.isForgotten = true;
      this.#used -= oldest.amount;
      this.#stretches.shift();
    }
  }

  #pace(amount: number, now: number): number {
    if (this.burst === undefined) return 0;
    const ahead = Math.max(0, this.#fullAt - now);
    return Math.max(0, ahead + (amount - this.burst) * (this.windowMs / this.quota) - 1e-6);
  }
}
