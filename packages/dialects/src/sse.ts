/**
 * Server-Sent Events seen in passing (WHATWG HTML, section 9.2): the bytes go on to the caller
 * untouched, while a watch reads the `data` fields beside them.
 */

const LF = 0x0a;
const CR = 0x0d;

/**
 * A line longer than this is not read (base64 images come as one line); it still passes. What it
 * said is lost to the watch, so limits are generous.
 */
const MAX_LINE = 8 * 1024 * 1024;

/**
 * Whether bytes begin and end like a JSON object. A frame that was cut or garbled is found by its
 * ends, without parsing the many that are well.
 */
export function isObject(bytes: Buffer, start: number, end: number): boolean {
  let last = end - 1;
  while (last > start && (bytes[last] as number) <= 0x20) last -= 1;
  return bytes[start] === 0x7b && bytes[last] === 0x7d;
}

/** Receives one complete `data:` line. `start` is the first byte after the field's colon and space. */
export type DataLine = (bytes: Buffer, start: number, end: number) => void;

/**
 * Offset after the last whole event of `bytes`, or 0. What stands behind it is held back, so that
 * a stream that breaks in the middle of an event still ends at an event, and an error event of our
 * own can follow.
 */
export function endOfLastEvent(bytes: Buffer): number {
  for (let end = bytes.lastIndexOf(LF); end > 0; end = bytes.lastIndexOf(LF, end - 1)) {
    const before = bytes[end - 1];
    if (before === LF || (before === CR && bytes[end - 2] === LF)) return end + 1;
  }
  return 0;
}

/**
 * Splits a byte stream into lines, wherever it was cut, and hands on the `data` fields. One per
 * stream; keeps nothing but the unfinished last line.
 */
export class SseLines {
  #carry: Buffer[] = [];
  #carried = 0;
  #skipping = false;
  readonly #onData: DataLine;

  constructor(onData: DataLine) {
    this.#onData = onData;
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
    let last = end;
    if (last > start && bytes[last - 1] === CR) last -= 1;
    // A byte order mark may open the stream (same section).
    let first = start;
    if (bytes[first] === 0xef && bytes[first + 1] === 0xbb && bytes[first + 2] === 0xbf) first += 3;
    const isData =
      last - first > 5 &&
      bytes[first] === 0x64 &&
      bytes[first + 1] === 0x61 &&
      bytes[first + 2] === 0x74 &&
      bytes[first + 3] === 0x61 &&
      bytes[first + 4] === 0x3a;
    if (!isData) return;
    first += 5;
    if (bytes[first] === 0x20) first += 1;
    this.#onData(bytes, first, last);
  }
}
