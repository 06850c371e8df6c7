import { refuseUnless, takeAll, type Amounts, type Holds } from './holds.ts';
import type { Limit, Moment } from './limit.ts';

/** Who is asked whether there is room: this process alone, or all that share its limits. */
export interface LimitGate {
  /**
   * Refuses at once what is known to have no room; takes nothing.
   *
   * @throws {Failure} `rate_limited` or `budget_exhausted`
   */
  peek(limits: readonly Limit[], amounts: Amounts, at: Moment): void;
  /**
   * Takes from all limits, or from none.
   *
   * @throws {Failure} `rate_limited` or `budget_exhausted`
   */
  take(limits: readonly Limit[], amounts: Amounts, at: Moment): Holds | Promise<Holds>;
}

/** One process has all the limits there are. */
export const ownGate: LimitGate = {
  peek: refuseUnless,
  take(limits, amounts, at) {
    refuseUnless(limits, amounts, at);
    return takeAll(limits, amounts, at);
  },
};
