/**
 * Time stamps inside streamed text: `~` and 16 digits of monotonic microseconds, written as letters
 * in two words: guardrails would take digits for cards, and hold a word without end back. They ride
 * in the content of a chunk, so a gateway carries them wherever it carries the content, and they
 * compare across the processes of one machine because both sides read CLOCK_MONOTONIC.
 */
const STAMP_DIGITS = 16;
const TILDE = 0x7e;
const SPACE = 0x20;
const LETTER_A = 0x61;

/** Monotonic microseconds since an origin that all processes of this machine share. */
export function monotonicMicros(): number {
  const [seconds, nanos] = process.hrtime();
  return seconds * 1e6 + nanos / 1e3;
}

export function stampText(micros: number): string {
  const digits = Math.round(micros).toString().padStart(STAMP_DIGITS, '0');
  const letters = digits.replaceAll(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
  const half = STAMP_DIGITS / 2;
  return `~${letters.slice(0, half)} ${letters.slice(half)} `;
}

/** Finds the stamps of one stream, also those cut between two reads. */
export class StampReader {
  #digitsLeft = 0;
  #value = 0;

  /** Calls `found(micros)` for each stamp completed within `[start, end)`. */
  read(bytes: Buffer, start: number, end: number, found: (micros: number) => void): void {
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === TILDE) {
        this.#digitsLeft = STAMP_DIGITS;
        this.#value = 0;
      } else if (this.#digitsLeft > 0 && byte !== SPACE) {
        this.#value = this.#value * 10 + (byte - LETTER_A);
        this.#digitsLeft -= 1;
        if (this.#digitsLeft === 0) found(this.#value);
      }
    }
  }
}
