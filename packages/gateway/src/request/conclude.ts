import { unknownUsage } from '@vitalgate/dialects';
import type { Running } from '../running.ts';
import type { Arrived, Attempted, Receipt } from './exchange.ts';
import { learn } from './learn.ts';

/**
 * Stage 7: what did we learn? Evidence to health, usage to the ledger, numbers to the metrics.
 * Runs exactly once per request, whichever way it ends.
 */
export function conclude(
  exchange: Arrived & Partial<Attempted>,
  running: Running,
  outcome: 'completed' | 'failed' | 'abandoned',
  reason: string | undefined,
): void {
  const { receipt, id, dialect, operation, call } = exchange;
  if (receipt.outcome !== undefined) return;
  receipt.outcome = outcome;
  receipt.reason = reason;
  receipt.usage = call?.usage ?? unknownUsage;
  const now = running.clock.now();
  exchange.holds?.settle(tokensOf(receipt), now);
  const firstMs = call?.firstByteAt === undefined ? undefined : call.firstByteAt - call.startedAt;

  // A refusal that is passed on as it is (4xx) was learnt from when the attempt failed.
  if (isAttempted(exchange) && exchange.call.status < 400) learn(running, exchange, exchange);

  const totalMs = now - receipt.arrivedAt;
  running.metrics.concluded(exchange, totalMs, firstMs);
  // Without a key there is nobody to account to, and strangers could fill the disk.
  if (receipt.keyId === undefined && receipt.attempts === 0) return;
  if (operation === 'models') return;
  running.journal.append({
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
    outcome,
    reason: reason ?? null,
    attempts: receipt.attempts,
    input_tokens: receipt.usage.input ?? null,
    cached_tokens: receipt.usage.cached ?? null,
    output_tokens: receipt.usage.output ?? null,
    reasoning_tokens: receipt.usage.reasoning ?? null,
    first_ms: firstMs ?? null,
    total_ms: totalMs,
    gateway_ms: receipt.gatewayMs,
    tried: JSON.stringify(receipt.tried),
  });
}

/** Tokens spent, or undefined when nobody told; a request that reached no provider spent none. */
function tokensOf({ attempts, usage: { input, output } }: Receipt): number | undefined {
  if (attempts === 0) return 0;
  return input === undefined && output === undefined ? undefined : (input ?? 0) + (output ?? 0);
}

function isAttempted(exchange: Arrived & Partial<Attempted>): exchange is Arrived & Attempted {
  return exchange.call !== undefined;
}
