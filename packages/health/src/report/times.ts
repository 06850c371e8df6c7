/** RFC 3339, of wall-clock milliseconds. */
export const iso = (at: number): string => new Date(at).toISOString();

/** Whole seconds from one wall-clock time to another, never negative. */
export const secondsFrom = (then: number, now: number): number =>
  Math.max(0, Math.floor((now - then) / 1000));

/** A number without an exponent, which some readers take for a word; at most six decimals. */
export function plainNumber(value: number): string {
  if (!Number.isFinite(value)) return '0';
  const fixed = value.toFixed(6);
  return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
}
