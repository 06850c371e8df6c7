import { ApiFailure, type Answer } from '@vitalgate/contract/api';
import type { Store } from '../store/database.ts';
import type { LedgerRow } from '../store/migrations.ts';
import { findRequest, searchRequests } from '../store/requests.ts';
import type { Handlers } from './asked.ts';
import { cursorOf, readCursor } from './cursor.ts';

type Receipt = Answer<'GET /api/requests/{id}'>;

/** Requests as receipts: search, and one by the id its caller was told. */
export function requestHandlers(
  store: Store,
  keyNames: () => ReadonlyMap<string, string>,
): Handlers {
  return {
    async 'GET /api/requests'({ query }) {
      const { limit, cursor, since, until, target, ...rest } = query;
      const rows = await searchRequests(store, {
        ...rest,
        target,
        since: since === undefined ? undefined : Date.parse(since),
        until: until === undefined ? undefined : Date.parse(until),
        before: readCursor(cursor),
        limit: limit + 1,
      });
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map((row) => receiptOf(row, keyNames())),
        next: rows.length > limit && last !== undefined ? cursorOf(last.at, last.id) : null,
      };
    },
    async 'GET /api/requests/{id}'({ params }) {
      const row = await findRequest(store, params['id'] ?? '');
      if (row === undefined) throw new ApiFailure('not_found', 'there is no request of this id');
      return receiptOf(row, keyNames());
    },
  };
}

/** A ledger row as a receipt: the attempts as they were, not as text. */
function receiptOf(row: LedgerRow, keyNames: ReadonlyMap<string, string>): Receipt {
  const { id, at, model, dialect, operation, status, outcome, reason } = row;
  return {
    id,
    at: new Date(at).toISOString(),
    key: row.key_id === null ? null : { id: row.key_id, name: keyNames.get(row.key_id) ?? '' },
    team: null,
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
    cost: null,
    firstMs: row.first_ms,
    totalMs: row.total_ms,
    gatewayMs: row.gateway_ms,
    attempts: JSON.parse(row.tried) as Receipt['attempts'],
    warnings: [],
  };
}
