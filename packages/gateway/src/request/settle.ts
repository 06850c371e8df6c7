import { charge, usageOf } from '../money/bill.ts';
import type { Target } from '../routing/routes.ts';
import type { UpstreamCall } from '../upstream/call.ts';
import type { Receipt } from './exchange.ts';

const NOTHING = { input: 0, output: 0 };

/** Puts an attempt that is over on the bill, once. Those that failed are on it too: they are paid for. */
export function bill(receipt: Receipt, target: Target, call: UpstreamCall): void {
  if (receipt.billed === call) return;
  receipt.billed = call;
  const used = usageOf(call, receipt.expected ?? NOTHING);
  if (used !== undefined) charge(receipt.bill, used, target.tariff);
}

/** What a request has used of its limits; what nobody knows stays as it was reserved. */
export function usedOf({ attempts, bill: { usage, cost } }: Receipt): {
  tokens: number | undefined;
  cost: number | undefined;
} {
  const isNothing = usage.input === undefined && usage.output === undefined;
  // It reached nobody, or nobody who took anything for it.
  if (attempts === 0 || isNothing) return { tokens: 0, cost: 0 };
  return { tokens: (usage.input ?? 0) + (usage.output ?? 0), cost };
}
