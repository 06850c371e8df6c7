import type { KeyLimit } from '../../api/types.ts';
import { formatCount, formatUsd } from '../../ui/format.ts';

const spans: Readonly<Record<string, string>> = {
  '1s': 'second',
  '1m': 'minute',
  '1h': 'hour',
  '1d': 'day',
};

/** `minute` for `1m`; other spans as the configuration writes them. */
export const spanWords = (span: string): string => spans[span] ?? span;

/** `60 requests per minute` and its like. */
export function limitWords(limit: KeyLimit): string {
  if ('concurrency' in limit) return `${limit.concurrency} at once`;
  const per = `per ${spanWords(limit.per)}`;
  if ('requests' in limit) return `${formatCount(limit.requests)} requests ${per}`;
  if ('tokens' in limit) return `${formatCount(limit.tokens)} tokens ${per}`;
  return `${formatUsd(limit.cost)} ${per}`;
}
