import type { Status } from '@vitalgate/health';

export const statusWords: Readonly<Record<Status, string>> = {
  pass: 'Operational',
  warn: 'Degraded',
  fail: 'Down',
  unknown: 'Unknown',
};

/** Rounded down: what was ever down is not told as a hundred percent. */
export const percent = (share: number): string =>
  `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;

export const uptimeWords = (uptime: number | null): string =>
  uptime === null ? 'not known' : percent(uptime);
