/** The value below which the share `q` of sorted numbers lies; null of none. */
export const quantile = (sorted: readonly number[], q: number): number | null =>
  sorted[Math.min(Math.floor(sorted.length * q), sorted.length - 1)] ?? null;
