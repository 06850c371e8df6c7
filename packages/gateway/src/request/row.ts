import { Budget } from '../access/limits/budget.ts';
import type { LedgerRow } from '../store/migrations.ts';
import type { Tariff } from '../money/price.ts';
import type { Arrival } from './exchange.ts';

/** Where a call came from, and only while a budget needs to know it again after a restart. */
function networkOf({ limits }: Arrival): string | undefined {
  for (const limit of limits) {
    if (limit instanceof Budget && limit.network !== undefined) return limit.network;
  }
  return undefined;
}

interface Times {
  readonly firstMs: number | undefined;
  readonly totalMs: number;
}

/**
 * A request that is about to be sent, with what it is expected to use: all that is known of it
 * should this process not live to see its end.
 */
export function openRowOf(exchange: Arrival, tariff: Tariff | undefined, now: number): LedgerRow {
  const { expected, arrivedAt } = exchange.receipt;
  const row = rowOf(exchange, { firstMs: undefined, totalMs: now - arrivedAt });
  row.attempts = 1;
  row.input_tokens = expected?.input ?? null;
  row.output_tokens = expected?.output ?? null;
  row.cost = expected?.cost ?? null;
  row.currency = expected?.cost === undefined ? null : 'USD';
  row.price_source = tariff?.source ?? null;
  row.is_estimated = 1;
  return row;
}

/** Attempts that a row tells of; `attempts` counts them all. The ledger reads no line of more than 1 MiB. */
const MOST_TRIED = 100;

/** A request as the ledger has it. */
export function rowOf(exchange: Arrival, { firstMs, totalMs }: Times): LedgerRow {
  const { receipt, id, dialect, operation } = exchange;
  const { usage, cost, source, isEstimated } = receipt.bill;
  return {
    id,
    at: receipt.at,
    key_id: receipt.keyId ?? null,
    model: receipt.model,
    provider: receipt.target?.provider.name ?? null,
    upstream_model: receipt.target?.model ?? null,
    dialect,
    operation,
    streamed: receipt.streamed ? 1 : 0,
    status: receipt.status,
    outcome: receipt.outcome ?? 'open',
    reason: receipt.reason ?? null,
    attempts: receipt.attempts,
    input_tokens: usage.input ?? null,
    cached_tokens: usage.cached ?? null,
    output_tokens: usage.output ?? null,
    reasoning_tokens: usage.reasoning ?? null,
    first_ms: firstMs ?? null,
    total_ms: totalMs,
    gateway_ms: receipt.gatewayMs,
    tried: JSON.stringify(receipt.tried.slice(0, MOST_TRIED)),
    team: receipt.team ?? null,
    cache_written_tokens: usage.cacheWritten ?? null,
    cost: cost ?? null,
    currency: cost === undefined ? null : 'USD',
    price_source: source ?? null,
    is_estimated: isEstimated ? 1 : 0,
    owner: receipt.owner ?? null,
    network: networkOf(exchange) ?? null,
    route: exchange.path,
    guardrails: receipt.guardrails === undefined ? null : [...receipt.guardrails].join(','),
  };
}
