import type { Effort, Reasoning } from './intent.ts';

/** Tokens that stand for an effort where a vendor counts, and the other way about. */
const budgets: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_000,
};

const efforts = Object.keys(budgets) as Effort[];

export function isEffort(value: string): value is Effort {
  return Object.hasOwn(budgets, value);
}

/** How hard to think, where a vendor takes a word; undefined leaves it to the model. */
export function effortOf({ effort, budget }: Reasoning): Effort | undefined {
  if (effort !== undefined) return effort;
  if (budget === undefined || budget < 0) return undefined;
  return efforts.findLast((one) => budget >= budgets[one]);
}

/** How many tokens to think, where a vendor counts; undefined leaves it to the model. */
export function budgetOf({ effort, budget }: Reasoning): number | undefined {
  if (budget !== undefined) return budget < 0 ? undefined : budget;
  return effort === undefined ? undefined : budgets[effort];
}
