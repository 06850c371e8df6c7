import { crc32 } from 'node:zlib';
import { endOfLastFrame, payloadOf } from './bedrock/frames.ts';
import type { DialectName } from './dialect-name.ts';
import { edited, type Edit } from './edit-texts.ts';
import type { Form } from './intent.ts';
import { isObject } from './sse.ts';
import { readJson } from './usage.ts';

/**
 * One frame of a streamed answer: its bytes, and where in them its JSON stands. Frames put together
 * are the stream, byte for byte, but for JSON that was told over several lines.
 */
export interface StreamFrame {
  readonly bytes: Buffer;
  /** JSON texts, as ranges of `bytes`; an SSE event may have several data lines. */
  readonly json: readonly (readonly [start: number, end: number])[];
}

/** Cuts a stream into its frames, wherever its bytes were cut. */
export interface Framer {
  push(chunk: Buffer): StreamFrame[];
  /** What is left at the end of the body. */
  end(): StreamFrame[];
  /** Bytes of a frame that has begun. */
  readonly held: number;
  /** The frame with some values of its JSON changed. */
  edit(frame: StreamFrame, edits: readonly Edit[]): Buffer;
}

export function framerOf(dialect: DialectName | 'lines', form?: Form): Framer {
  if (dialect === 'bedrock') return new EventFramer(new FirstEvent(), jsonOfEvent, editEvent);
  if (form === 'array') return new EventFramer(new EndOfElement(), jsonOfElement, editText);
  if (dialect === 'ollama' || dialect === 'lines') {
    return new EventFramer(new EndOfLine(), jsonOfLine, editText);
  }
  return new EventFramer(new EndOfSse(), jsonOfSse, editText, inOneLine);
}

/** Looks for the end of the first frame. It is told of each byte once, so that a frame which comes
 * in many pieces costs no more than one that comes whole. */
interface Ends {
  /** Offset after the first frame in `bytes`, or 0; what is before `from` was looked at. */
  end(bytes: Buffer, from: number): number;
}

type JsonOf = (bytes: Buffer) => readonly (readonly [number, number])[];

class EventFramer implements Framer {
  /** Has room for more than is in it, and what is begun is copied once. */
  #rest: Buffer = Buffer.alloc(0);
  #held = 0;
  readonly #ends: Ends;
  readonly #jsonOf: JsonOf;
  readonly #readable: (bytes: Buffer) => Buffer;
  readonly edit: (frame: StreamFrame, edits: readonly Edit[]) => Buffer;

  constructor(
    ends: Ends,
    jsonOf: JsonOf,
    edit: Framer['edit'],
    readable = (bytes: Buffer): Buffer => bytes,
  ) {
    this.#ends = ends;
    this.#jsonOf = jsonOf;
    this.#readable = readable;
    this.edit = edit;
  }

  get held(): number {
    return this.#held;
  }

  push(chunk: Buffer): StreamFrame[] {
    const frames: StreamFrame[] = [];
    let from = this.#held;
    let bytes = chunk;
    if (from > 0) {
      this.#keep(chunk);
      bytes = this.#rest.subarray(0, this.#held);
    }
    for (;;) {
      const end = this.#ends.end(bytes, from);
      if (end <= 0) break;
      frames.push(this.#frame(bytes.subarray(0, end)));
      bytes = bytes.subarray(end);
      from = 0;
    }
    if (frames.length > 0 || this.#held === 0) {
      // A copy: the upstream client may use the chunk's memory again, and frames lie in the rest's.
      this.#rest = Buffer.from(bytes);
      this.#held = bytes.length;
    }
    return frames;
  }

  end(): StreamFrame[] {
    const bytes = this.#rest.subarray(0, this.#held);
    this.#rest = Buffer.alloc(0);
    this.#held = 0;
    return bytes.length === 0 ? [] : [this.#frame(bytes)];
  }

  #keep(chunk: Buffer): void {
    const length = this.#held + chunk.length;
    if (length > this.#rest.length) {
      const wider = Buffer.allocUnsafe(length * 2);
      this.#rest.copy(wider, 0, 0, this.#held);
      this.#rest = wider;
    }
    chunk.copy(this.#rest, this.#held);
    this.#held = length;
  }

  #frame(told: Buffer): StreamFrame {
    const bytes = this.#readable(told);
    return { bytes, json: this.#jsonOf(bytes) };
  }
}

const LF = 0x0a;

/** A blank line ends an event (WHATWG HTML, section 9.2). */
class EndOfSse implements Ends {
  end(bytes: Buffer, from: number): number {
    for (let end = bytes.indexOf(LF, from); end !== -1; end = bytes.indexOf(LF, end + 1)) {
      if (bytes[end - 1] === LF || (bytes[end - 1] === 0x0d && bytes[end - 2] === LF))
        return end + 1;
    }
    return 0;
  }
}

function jsonOfSse(bytes: Buffer): [number, number][] {
  const found: [number, number][] = [];
  for (let start = 0; start < bytes.length;) {
    const lineFeed = bytes.indexOf(LF, start);
    let end = lineFeed === -1 ? bytes.length : lineFeed;
    const next = end + 1;
    // A byte order mark may open the stream.
    if (bytes[start] === 0xef) start += 3;
    while (end > start && (bytes[end - 1] as number) <= 0x20) end -= 1;
    if (bytes.toString('latin1', start, start + 5) === 'data:') {
      const at = bytes[start + 5] === 0x20 ? start + 6 : start + 5;
      if (bytes[at] === 0x7b) found.push([at, end]);
    }
    start = next;
  }
  return found;
}

/**
 * An event whose JSON stands in several data lines, in one: what is between two of them is spaces,
 * for there JSON means the same by either.
 */
function inOneLine(bytes: Buffer): Buffer {
  const first = bytes.indexOf('data:');
  const at = bytes[first + 5] === 0x20 ? first + 6 : first + 5;
  let end = bytes.indexOf(LF, at);
  if (first === -1 || end === -1 || bytes[at] !== 0x7b || isObject(bytes, at, end)) return bytes;
  const whole = Buffer.from(bytes);
  while (whole.toString('latin1', end + 1, end + 6) === 'data:') {
    whole.fill(0x20, whole[end - 1] === 0x0d ? end - 1 : end, end + 6);
    end = whole.indexOf(LF, end + 6);
    if (end === -1) end = whole.length;
  }
  return readJson(whole.toString('utf8', at, end)) === undefined ? bytes : whole;
}

class EndOfLine implements Ends {
  end(bytes: Buffer, from: number): number {
    return bytes.indexOf(LF, from) + 1;
  }
}

function jsonOfLine(bytes: Buffer): [number, number][] {
  const start = bytes.indexOf(0x7b);
  return start === -1 ? [] : [[start, bytes.lastIndexOf(0x7d) + 1]];
}

/** The next object of a growing array. */
class EndOfElement implements Ends {
  #depth = 0;
  #inString = false;
  #isEscaped = false;

  end(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (this.#inString) {
        if (byte === 0x5c) this.#isEscaped = true;
        else if (byte === 0x22) this.#inString = false;
      } else if (byte === 0x22) this.#inString = true;
      else if (byte === 0x7b) this.#depth += 1;
      else if (byte === 0x7d) {
        this.#depth -= 1;
        if (this.#depth === 0) return at + 1;
      }
    }
    return 0;
  }
}

const jsonOfElement: JsonOf = jsonOfLine;

class FirstEvent implements Ends {
  end(bytes: Buffer): number {
    if (bytes.length < 4) return 0;
    const length = bytes.readUInt32BE(0);
    return bytes.length >= length && endOfLastFrame(bytes.subarray(0, length)) === length
      ? length
      : 0;
  }
}

function jsonOfEvent(bytes: Buffer): [number, number][] {
  const range = payloadOf(bytes);
  return range === undefined || bytes[range[0]] !== 0x7b ? [] : [range];
}

const editText = ({ bytes }: StreamFrame, edits: readonly Edit[]): Buffer => edited(bytes, edits);

/** Lengths and checksums follow the payload. */
function editEvent({ bytes }: StreamFrame, edits: readonly Edit[]): Buffer {
  const changed = Buffer.from(edited(bytes, edits));
  changed.writeUInt32BE(changed.length, 0);
  changed.writeUInt32BE(crc32(changed.subarray(0, 8)), 8);
  changed.writeUInt32BE(crc32(changed.subarray(0, -4)), changed.length - 4);
  return changed;
}
