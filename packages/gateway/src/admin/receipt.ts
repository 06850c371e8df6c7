import type { Answer } from '@vitalgate/contract/api';
import type { LedgerRow } from '../store/migrations.ts';
import { NANOS_PER_DOLLAR } from '../store/usage.ts';

type Receipt = Answer<'GET /api/requests/{id}'>;

/** A ledger row as a receipt: the attempts as they were, not as text. */
export function receiptOf(row: LedgerRow, keyNames: ReadonlyMap<string, string>): Receipt {
  const { id, at, model, dialect, operation, status, outcome, reason } = row;
  return {
    id,
    at: new Date(at).toISOString(),
    key:
      row.key_id === null ? null : { id: row.key_id, name: keyNames.get(row.key_id) ?? row.key_id },
    team: row.team,
    owner: row.owner,
    model,
    target: row.provider === null ? null : `${row.provider}/${row.upstream_model ?? ''}`,
    dialect,
    operation,
    streamed: row.streamed === 1,
    status,
    outcome: outcome as Receipt['outcome'],
    reason,
    tokens: {
      input: row.input_tokens,
      cached: row.cached_tokens,
      output: row.output_tokens,
      reasoning: row.reasoning_tokens,
    },
    cost: row.cost === null ? null : row.cost / NANOS_PER_DOLLAR,
    firstMs: row.first_ms,
    totalMs: row.total_ms,
    gatewayMs: row.gateway_ms,
    attempts: JSON.parse(row.tried) as Receipt['attempts'],
    guardrails: row.guardrails?.split(',') ?? [],
    warnings: [],
  };
}
