import type { KeyLimit } from '../../api/types.ts';
import { formatCount, formatUsd } from '../../ui/format.ts';

/** `60 requests per 1 min` and its like. */
export function limitWords(limit: KeyLimit): string {
  if ('concurrency' in limit) return `${limit.concurrency} at once`;
  const per = `per ${limit.per}`;
  if ('requests' in limit) return `${formatCount(limit.requests)} requests ${per}`;
  if ('tokens' in limit) return `${formatCount(limit.tokens)} tokens ${per}`;
  return `${formatUsd(limit.cost)} ${per}`;
}
