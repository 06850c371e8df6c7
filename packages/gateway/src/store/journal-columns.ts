import type { LedgerRow } from './migrations.ts';

/** Order of the values in a journal line. The worker's SQL reads them by this order. */
export const journalColumns: readonly (keyof LedgerRow)[] = [
  'id',
  'at',
  'key_id',
  'model',
  'provider',
  'upstream_model',
  'dialect',
  'operation',
  'streamed',
  'status',
  'outcome',
  'reason',
  'attempts',
  'input_tokens',
  'cached_tokens',
  'output_tokens',
  'reasoning_tokens',
  'first_ms',
  'total_ms',
  'gateway_ms',
  'tried',
];
