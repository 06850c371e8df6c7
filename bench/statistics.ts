/** Numbers gathered one by one without boxing them: millions fit, and adding is cheap. */
export class Samples {
  #values = new Float64Array(4096);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(value: number): void {
    if (this.#count === this.#values.length) {
      const wider = new Float64Array(this.#count * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#count++] = value;
  }

  clear(): void {
    this.#count = 0;
  }

  /** Nearest-rank percentile for `share` in 0..1: a value that was really seen. NaN when empty. */
  percentile(share: number): number {
    const sorted = this.#values.subarray(0, this.#count).sort();
    const rank = Math.max(1, Math.ceil(share * this.#count));
    return sorted[rank - 1] ?? Number.NaN;
  }
}

/** The middle value; of an even number of values, the mean of the middle two. NaN when empty. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
}
