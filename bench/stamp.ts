/**
 * Time stamps inside streamed text: `@` and 16 digits of monotonic microseconds. They ride in the
 * content of a chunk, so a gateway carries them wherever it carries the content, and they compare
 * across the processes of one machine because both sides read CLOCK_MONOTONIC.
 */
const STAMP_DIGITS = 16;
const AT = 0x40;
const ZERO = 0x30;

/** Monotonic microseconds since an origin that all processes of this machine share. */
export function monotonicMicros(): number {
  const [seconds, nanos] = process.hrtime();
  return seconds * 1e6 + nanos / 1e3;
}

export function stampText(micros: number): string {
  return `@${Math.round(micros).toString().padStart(STAMP_DIGITS, '0')}`;
}

/** Finds the stamps of one stream, also those cut between two reads. */
export class StampReader {
  #digitsLeft = 0;
  #value = 0;

  /** Calls `found(micros)` for each stamp completed within `[start, end)`. */
  read(bytes: Buffer, start: number, end: number, found: (micros: number) => void): void {
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === AT) {
        this.#digitsLeft = STAMP_DIGITS;
        this.#value = 0;
      } else if (this.#digitsLeft > 0) {
        this.#value = this.#value * 10 + (byte - ZERO);
        this.#digitsLeft -= 1;
        if (this.#digitsLeft === 0) found(this.#value);
      }
    }
  }
}
