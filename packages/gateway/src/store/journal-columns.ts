import type { LedgerRow } from './migrations.ts';

/**
 * Order of the values in a journal line. New ones come at the end: a line may have been written by
 * the program before, or be read by it.
 */
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
  'team',
  'cache_written_tokens',
  'cost',
  'currency',
  'price_source',
  'is_estimated',
  'owner',
  'network',
  'route',
  'guardrails',
];
