import { type Line, Lines, MAX_LINE } from './lines.ts';

/**
 * Server-Sent Events seen in passing (WHATWG HTML, section 9.2): the bytes go on to the caller
 * untouched, while a watch reads the `data` fields beside them.
 */

const LF = 0x0a;
const CR = 0x0d;
const OPEN = 0x7b;
const LINE_FEED = Buffer.from('\n');

/**
 * Whether bytes begin and end like a JSON object. A frame that was cut or garbled is found by its
 * ends, without parsing the many that are well.
 */
export function isObject(bytes: Buffer, start: number, end: number): boolean {
  let last = end - 1;
  while (last > start && (bytes[last] as number) <= 0x20) last -= 1;
  return bytes[start] === 0x7b && bytes[last] === 0x7d;
}

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
 * Hands on the `data` of each event of a byte stream, wherever it was cut; it begins behind its
 * colon. JSON over several data lines is handed on as one (same section: lines are joined by line
 * feeds); anything else is, line by line, as it comes.
 */
export class SseLines {
  readonly #lines: Lines;
  readonly #onData: Line;
  readonly #onSkipped: () => void;
  /** Lines of one event whose JSON has begun and not ended. */
  #begun: Buffer[] = [];
  #length = 0;

  constructor(onData: Line, onSkipped: () => void = () => {}) {
    this.#onData = onData;
    this.#onSkipped = onSkipped;
    this.#lines = new Lines((bytes, start, end) => this.#line(bytes, start, end), onSkipped);
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
    this.#finish();
  }

  #line(bytes: Buffer, start: number, end: number): void {
    if (start === end) return this.#finish();
    const at = startOfData(bytes, start, end);
    if (at === -1) return;
    const isBegun = this.#begun.length > 0;
    if (!isBegun && (bytes[at] !== OPEN || isObject(bytes, at, end))) {
      this.#onData(bytes, at, end);
      return;
    }
    if (isBegun) this.#begun.push(LINE_FEED);
    this.#begun.push(Buffer.from(bytes.subarray(at, end)));
    this.#length += end - at + 1;
    if (this.#length <= MAX_LINE) return;
    this.#begun = [];
    this.#length = 0;
    this.#onSkipped();
  }

  #finish(): void {
    if (this.#begun.length === 0) return;
    const data = Buffer.concat(this.#begun);
    this.#begun = [];
    this.#length = 0;
    this.#onData(data, 0, data.length);
  }
}

function startOfData(bytes: Buffer, start: number, end: number): number {
  // A byte order mark may open the stream (same section).
  let at = start;
  if (bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3;
  const isData =
    end - at > 5 &&
    bytes[at] === 0x64 &&
    bytes[at + 1] === 0x61 &&
    bytes[at + 2] === 0x74 &&
    bytes[at + 3] === 0x61 &&
    bytes[at + 4] === 0x3a;
  if (!isData) return -1;
  at += 5;
  return bytes[at] === 0x20 ? at + 1 : at;
}
