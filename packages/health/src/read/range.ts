/**
 * Thresholds of monitoring plugins: `[@][start:]end`, where `~` is minus infinity, no start is 0
 * and no end is infinity (https://www.monitoring-plugins.org/doc/guidelines.html).
 */
const RANGE = /^(@?)(?:(~|-?\d{1,20}(?:\.\d{1,20})?):)?(-?\d{1,20}(?:\.\d{1,20})?)?$/;

/** Whether a value raises an alert: outside of the range, or within it after `@`. Undefined when invalid. */
export function isAlert(range: string, value: number): boolean | undefined {
  const found = RANGE.exec(range);
  if (found === null || range === '' || range === '@') return undefined;
  const [, at, from = '0', to] = found;
  const start = from === '~' ? -Infinity : Number(from);
  const end = to === undefined ? Infinity : Number(to);
  if (start > end) return undefined;
  const isInside = value >= start && value <= end;
  return at === '@' ? isInside : !isInside;
}
