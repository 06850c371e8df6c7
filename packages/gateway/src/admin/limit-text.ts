import type { LimitConfig } from '@vitalgate/contract';
import type { Answer } from '@vitalgate/contract/api';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** Milliseconds as the configuration writes them: `90000` is `90s`. */
export function durationText(ms: number): string {
  const unit = UNITS.find(([, factor]) => ms % factor === 0);
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}

/** A limit as the configuration writes it. */
export function limitText(limit: LimitConfig): Answer<'GET /api/keys/{id}'>['limits'][number] {
  if (!('per' in limit)) return limit;
  const per = typeof limit.per === 'string' ? limit.per : durationText(limit.per);
  return { ...limit, per };
}
