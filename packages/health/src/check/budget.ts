import { systemClock, type Clock } from '../clock.ts';
import type { Look, Outcome } from './outcome.ts';

export interface Budget {
  /** What one run costs at most, in the unit of `perDay`. */
  readonly costPerRun: number;
  /** What all runs of a day (UTC) may cost together. With 0 no run is ever made. */
  readonly perDay: number;
  readonly clock?: Clock;
}

export interface BudgetedLook extends Look {
  /** What was spent today, each run counted at its full price, answered or not. */
  readonly spent: () => number;
}

const DAY_MS = 86_400_000;

/**
 * A look that costs money, such as a request to a model, made only while its day's budget lasts.
 * Without budget it gives no verdict. Two looks at once cannot spend the same coin: the price is
 * taken before the run.
 */
export function withinBudget(look: Look, budget: Budget): BudgetedLook {
  const { costPerRun, perDay, clock = systemClock } = budget;
  let day = 0;
  let runs = 0;
  const spent = (): number => {
    const today = Math.floor(clock.wall() / DAY_MS);
    // A clock set back must not give the same day's money twice.
    if (today > day) {
      day = today;
      runs = 0;
    }
    return runs * costPerRun;
  };
  const budgeted = async (signal?: AbortSignal): Promise<Outcome> => {
    if (!(spent() + costPerRun <= perDay)) {
      return { status: 'fail', reason: 'budget_spent', fault: 'gateway' };
    }
    runs += 1;
    return look(signal);
  };
  return Object.assign(budgeted, { spent });
}
