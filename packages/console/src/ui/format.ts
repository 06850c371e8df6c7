/** How numbers and times are written. Values come in the units of the contract. */
const LOCALE = 'en';

const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });
const plain = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 3 });
const toTheSecond = {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
} as const;
const moment = new Intl.DateTimeFormat(LOCALE, toTheSecond);
/** With its zone: a log that is looked at beside it may be in another. */
const dateTime = new Intl.DateTimeFormat(LOCALE, {
  ...toTheSecond,
  year: 'numeric',
  timeZoneName: 'short',
});
const clockTime = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'medium', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' });
const minute = new Intl.DateTimeFormat(LOCALE, {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto', style: 'short' });

export const formatCount = (value: number): string =>
  Math.abs(value) < 10_000 ? plain.format(value) : compact.format(value);

/** Uptime is told to three places: 99.9 % and 99.99 % are different promises. */
export const formatUptime = (value: number): string => exact.format(value);

export const formatShare = (value: number): string => percent.format(value);

/** Small amounts keep two digits that count; nothing is rounded to nothing. */
export function formatUsd(value: number): string {
  const digits = value === 0 || value >= 1 ? 2 : Math.min(8, 1 - Math.floor(Math.log10(value)));
  return `$${value.toLocaleString(LOCALE, {
    minimumFractionDigits: 2,
    maximumFractionDigits: Math.max(2, digits),
  })}`;
}

export function formatMs(ms: number): string {
  if (ms < 1) return `${plain.format(ms)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${plain.format(ms / 1000)} s`;
  if (ms < 3_600_000) return `${plain.format(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${plain.format(ms / 3_600_000)} h`;
  return `${plain.format(ms / 86_400_000)} d`;
}

export const formatDateTime = (at: string): string => dateTime.format(new Date(at));
/** Without year and zone, for a column of what is recent. */
export const formatMoment = (at: string): string => moment.format(new Date(at));
export const formatTime = (at: string): string => clockTime.format(new Date(at));
export const formatDay = (at: string): string => day.format(new Date(at));
export const formatMinute = (at: string): string => minute.format(new Date(at));

const spans = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** `3 min. ago`, or `in 2 hr.` for what is to come. */
export function formatAgo(at: string, now: number): string {
  const ms = Date.parse(at) - now;
  const [unit, size] = spans.find(([, size]) => Math.abs(ms) >= size) ?? ['second', 1000];
  return relative.format(Math.round(ms / size), unit);
}
