const LF = 0x0a;
const CR = 0x0d;

/**
 * A line longer than this is not read (base64 images come as one line); where bytes pass, it still
 * does. What it said is lost to the reader, who is told, so limits are generous.
 */
export const MAX_LINE: number = 8 * 1024 * 1024;

/** Receives one complete line, without its end. */
export type Line = (bytes: Buffer, start: number, end: number) => void;

/**
 * Splits a byte stream into lines, wherever it was cut. One per stream; keeps nothing but the
 * unfinished last line.
 */
export class Lines {
  #carry: Buffer[] = [];
  #carried = 0;
  #skipping = false;
  readonly #onLine: Line;
  readonly #onSkipped: () => void;

  constructor(onLine: Line, onSkipped: () => void = () => {}) {
    this.#onLine = onLine;
    this.#onSkipped = onSkipped;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      if (this.#skipping) this.#skipping = false;
      else if (this.#carried > 0) this.#finishCarry(chunk.subarray(start, end));
      else this.#line(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length && !this.#skipping) {
      // A copy: the upstream client may use the chunk's memory again.
      this.#carry.push(Buffer.from(chunk.subarray(start)));
      this.#carried += chunk.length - start;
      if (this.#carried > MAX_LINE) {
        this.#carry = [];
        this.#carried = 0;
        this.#skipping = true;
        this.#onSkipped();
      }
    }
  }

  /** A last line without its line feed counts too: some servers just close. */
  end(): void {
    if (this.#carried > 0) this.#finishCarry(Buffer.alloc(0));
  }

  #finishCarry(rest: Buffer): void {
    this.#carry.push(rest);
    const line = this.#carry.length === 1 ? (this.#carry[0] as Buffer) : Buffer.concat(this.#carry);
    this.#carry = [];
    this.#carried = 0;
    this.#line(line, 0, line.length);
  }

  #line(bytes: Buffer, start: number, end: number): void {
    const last = end > start && bytes[end - 1] === CR ? end - 1 : end;
    this.#onLine(bytes, start, last);
  }
}
