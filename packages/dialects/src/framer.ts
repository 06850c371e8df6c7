import { crc32 } from 'node:zlib';
import { endOfLastFrame, payloadOf } from './bedrock/frames.ts';
import type { DialectName } from './dialect-name.ts';
import { edited, type Edit } from './edit-texts.ts';
import type { Form } from './intent.ts';

/**
 * One frame of a streamed answer: its bytes, and where in them its JSON stands. Frames put together
 * are the stream, byte for byte.
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
  /** The frame with some values of its JSON changed. */
  edit(frame: StreamFrame, edits: readonly Edit[]): Buffer;
}

export function framerOf(dialect: DialectName, form: Form | undefined): Framer {
  if (dialect === 'bedrock') return new EventFramer(endOfFirstEvent, jsonOfEvent, editEvent);
  if (form === 'array') return new EventFramer(endOfElement, jsonOfElement, editText);
  if (dialect === 'ollama') return new EventFramer(endOfLine, jsonOfLine, editText);
  return new EventFramer(endOfSse, jsonOfSse, editText);
}

type EndOf = (bytes: Buffer, from: number) => number;
type JsonOf = (bytes: Buffer) => readonly (readonly [number, number])[];

class EventFramer implements Framer {
  #rest: Buffer = Buffer.alloc(0);
  /** Where in the rest to look on, so that one long frame is not read again with each piece. */
  #looked = 0;
  readonly #endOf: EndOf;
  readonly #jsonOf: JsonOf;
  readonly edit: (frame: StreamFrame, edits: readonly Edit[]) => Buffer;

  constructor(endOf: EndOf, jsonOf: JsonOf, edit: Framer['edit']) {
    this.#endOf = endOf;
    this.#jsonOf = jsonOf;
    this.edit = edit;
  }

  push(chunk: Buffer): StreamFrame[] {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: StreamFrame[] = [];
    let from = this.#looked;
    for (;;) {
      const end = this.#endOf(bytes, from);
      if (end <= 0) break;
      frames.push(this.#frame(bytes.subarray(0, end)));
      bytes = bytes.subarray(end);
      from = 0;
    }
    // A copy: the upstream client may use the chunk's memory again.
    this.#rest = Buffer.from(bytes);
    this.#looked = this.#endOf === endOfSse ? Math.max(0, bytes.length - 3) : 0;
    return frames;
  }

  end(): StreamFrame[] {
    const bytes = this.#rest;
    this.#rest = Buffer.alloc(0);
    this.#looked = 0;
    return bytes.length === 0 ? [] : [this.#frame(bytes)];
  }

  #frame(bytes: Buffer): StreamFrame {
    return { bytes, json: this.#jsonOf(bytes) };
  }
}

const LF = 0x0a;

/** Offset after the blank line that ends the first event, or 0 (WHATWG HTML, section 9.2). */
function endOfSse(bytes: Buffer, from: number): number {
  for (let end = bytes.indexOf(LF, from); end !== -1; end = bytes.indexOf(LF, end + 1)) {
    if (bytes[end - 1] === LF || (bytes[end - 1] === 0x0d && bytes[end - 2] === LF)) return end + 1;
  }
  return 0;
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

const endOfLine = (bytes: Buffer, from: number): number => bytes.indexOf(LF, from) + 1;

function jsonOfLine(bytes: Buffer): [number, number][] {
  const start = bytes.indexOf(0x7b);
  return start === -1 ? [] : [[start, bytes.lastIndexOf(0x7d) + 1]];
}

/** Offset after the next object of a growing array, or 0. */
function endOfElement(bytes: Buffer): number {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inString) {
      if (byte === 0x5c) at += 1;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b) depth += 1;
    else if (byte === 0x7d) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return 0;
}

const jsonOfElement: JsonOf = jsonOfLine;

function endOfFirstEvent(bytes: Buffer): number {
  if (bytes.length < 4) return 0;
  const length = bytes.readUInt32BE(0);
  return bytes.length >= length && endOfLastFrame(bytes.subarray(0, length)) === length
    ? length
    : 0;
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
