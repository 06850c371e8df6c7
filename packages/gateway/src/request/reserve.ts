import { Failure } from '@vitalgate/contract';
import { estimateTokens, type TokenEstimate } from '../access/limits/estimate.ts';
import { FREE_ENTRY, type Amounts } from '../access/limits/holds.ts';
import type { Moment } from '../access/limits/limit.ts';
import { costOf, type Tariff } from '../money/price.ts';
import type { Target } from '../routing/routes.ts';
import type { Running } from '../running.ts';
import type { Arrival, Expected, Identity, Reserved, Understood } from './exchange.ts';
import { CallerLeft } from './left.ts';
import { subjectOf } from './subject.ts';

/**
 * Stage 5: is there room for it? Takes from every limit at once what the request is expected to
 * use, before anything is sent, so that callers at once cannot use the same.
 */
export async function reserve(understood: Understood, running: Running): Promise<Reserved> {
  const { route, body, scanned, operation, receipt } = understood;
  const tokens = estimateTokens(body, scanned, operation);
  const expected: Expected = { ...tokens, cost: dearest(route.tariffs, tokens) };
  receipt.expected = expected;
  const needsPrice = await take(understood, running, {
    requests: 1,
    concurrency: 1,
    tokens: tokens.input + tokens.output,
    cost: operation === 'count-tokens' ? 0 : (expected.cost ?? Number.POSITIVE_INFINITY),
  });
  const targets = needsPrice ? route.targets.filter(isPriced) : route.targets;
  if (targets.length === 0) {
    throw new Failure(
      'model_denied',
      'a budget of money applies, and nobody knows what this model costs; the operator can give it a price',
    );
  }
  return Object.assign(understood, { targets });
}

/** What it costs at most, wherever it is sent; undefined when nobody knows. */
function dearest(tariffs: readonly Tariff[], tokens: TokenEstimate): number | undefined {
  let most: number | undefined;
  for (const tariff of tariffs) most = Math.max(most ?? 0, costOf(tariff, tokens));
  return most;
}

/** The same for what asks no model, and costs nothing but the asking. */
export async function reserveEntry(admitted: Arrival & Identity, running: Running): Promise<void> {
  await take(admitted, running, FREE_ENTRY);
}

/** True when money is counted. */
async function take(
  exchange: Arrival & Identity & Partial<Pick<Understood, 'route'>>,
  running: Running,
  amounts: Amounts,
): Promise<boolean> {
  const limits = running.limits.of(subjectOf(exchange, exchange.route?.name), exchange.key);
  exchange.limits = limits;
  if (limits.length === 0) return false;
  const at: Moment = { now: running.clock.now(), wall: running.clock.wall() };
  const holds = running.peers.gate.take(limits, amounts, at);
  exchange.holds = holds instanceof Promise ? await holds : holds;
  if (exchange.response.destroyed) throw new CallerLeft();
  return limits.some(({ kind }) => kind === 'cost');
}

const isPriced = ({ tariff }: Target): boolean => tariff !== undefined;
