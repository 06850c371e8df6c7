import type { Hold, Limit, LimitIdentity, LimitKind, Moment } from './limit.ts';
import { describePeriod, periodAt, type Period } from './period.ts';

/**
 * So much in each period of the calendar. What a call is expected to use is taken before it is
 * sent and corrected when it is over, so that calls at once cannot spend the same.
 */
export class Budget implements Limit {
  readonly id: string;
  readonly kind: LimitKind;
  readonly whose: string;
  readonly label: string;
  readonly span: string;
  readonly period: Period;
  quota: number;
  /** The part of the network whose calls it counts, where it counts by address. */
  readonly network: string | undefined;
  /** What the ledger knows was added, or there was nothing to add. */
  isRestored = false;
  #used = 0;
  #start = Number.NEGATIVE_INFINITY;
  #end = Number.NEGATIVE_INFINITY;
  /** The period before this one. */
  #last: Spent | undefined;
  /** One that the clock was ahead in, until it was set back. */
  #ahead: Spent | undefined;

  constructor(identity: LimitIdentity, quota: number, period: Period) {
    this.id = identity.id;
    this.kind = identity.kind;
    this.whose = identity.whose;
    this.label = identity.label;
    this.network = identity.network;
    this.span = describePeriod(period);
    this.quota = quota;
    this.period = period;
  }

  get windowMs(): number {
    const { start, end } = periodAt(this.period, Math.max(this.#start, 0));
    return end - start;
  }

  /** When the current period began, in milliseconds since the epoch. */
  startAt({ wall }: Moment): number {
    this.#turn(wall);
    return this.#start;
  }

  left(at: Moment): number {
    this.#turn(at.wall);
    return Math.max(0, this.quota - this.#used);
  }

  wait(amount: number, { wall }: Moment): number {
    this.#turn(wall);
    if (this.#used + Math.min(amount, this.quota) <= this.quota) return 0;
    return Math.max(1, this.#end - wall);
  }

  take(amount: number, { wall }: Moment): Hold {
    this.#turn(wall);
    this.#used += amount;
    const start = this.#start;
    return {
      limit: this,
      settle: (used) => {
        // A call belongs to the period in which it began, as in the ledger.
        if (used !== undefined && start === this.#start) this.#used += used - amount;
      },
    };
  }

  learn(used: number, { wall }: Moment): void {
    this.#turn(wall);
    this.#used = used;
  }

  /** What is used or reserved of the current period. */
  usedAt({ wall }: Moment): number {
    this.#turn(wall);
    return this.#used;
  }

  /** Milliseconds until the current period ends. */
  endsIn({ wall }: Moment): number {
    this.#turn(wall);
    return Math.max(1, this.#end - wall);
  }

  /** Adds what the ledger knows of the current period. */
  restore(used: number, at: Moment): void {
    this.#turn(at.wall);
    this.#used += used;
  }

  /**
   * A clock that is set back does not give a period twice: what was spent ahead of time counts in the
   * period it comes back to, and again when that time has come.
   */
  #turn(wall: number): void {
    if (wall < this.#end && wall >= this.#start) return;
    const [start, ahead, last] = [this.#start, this.#ahead, this.#last];
    if (wall < start) {
      if (last === undefined || wall < last.start) return;
      this.#ahead = { start, used: this.#used };
      const known = ahead?.start === start ? ahead.used : 0;
      const spent = this.#used - known;
      this.#begin(wall);
      this.#used = spent + (this.#start === last.start ? last.used : 0);
      return;
    }
    if (this.#end > 0) this.#last = { start, used: this.#used };
    this.#begin(wall);
    this.#used = ahead?.start === this.#start ? ahead.used : 0;
  }

  #begin(wall: number): void {
    const { start, end } = periodAt(this.period, wall);
    this.#start = start;
    this.#end = end;
  }
}

/** What was used of one period. */
interface Spent {
  readonly start: number;
  readonly used: number;
}
