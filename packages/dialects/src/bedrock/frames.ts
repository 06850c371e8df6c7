import { crc32 } from 'node:zlib';

/**
 * Frames of `application/vnd.amazon.eventstream` (Amazon Transcribe Developer Guide, "Event stream
 * encoding"; Smithy, "Amazon Event Stream Specification"): length of the frame, length of its
 * headers, CRC-32 of these two, headers, payload, CRC-32 of all before. Numbers are big-endian.
 */
export interface Frame {
  /** Those whose value is a string; names begin with a colon where the protocol defines them. */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Buffer;
}

const PRELUDE = 12;
const LEAST = 16;
/** Same specification: 16 MiB of payload, 128 KiB of headers. */
const MOST = 16 * 1024 * 1024 + 128 * 1024 + LEAST;
const STRING = 7;

/** Bytes of a header's value by its type; -1 where its length stands before it. */
const sizes: readonly number[] = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16];

/**
 * Splits a byte stream into frames, wherever it was cut. One that is damaged is given as undefined
 * and is the last: nothing tells where the next begins.
 */
export class FrameReader {
  #held: Buffer[] = [];
  #size = 0;
  #isBroken = false;

  push(chunk: Buffer): readonly (Frame | undefined)[] {
    if (this.#isBroken || chunk.length === 0) return [];
    // A copy: the upstream client may use the chunk's memory again.
    this.#held.push(Buffer.from(chunk));
    this.#size += chunk.length;
    const frames: (Frame | undefined)[] = [];
    for (let bytes = this.#whole(); bytes !== undefined; bytes = this.#whole()) {
      const frame = readFrame(bytes);
      frames.push(frame);
      if (frame === undefined) break;
    }
    if (frames.at(-1) === undefined && frames.length > 0) {
      this.#isBroken = true;
      this.#held = [];
    }
    return frames;
  }

  /** At the end of the body: whether a frame was cut. */
  get isInside(): boolean {
    return !this.#isBroken && this.#size > 0;
  }

  /** The next frame's bytes once all have come, or its head alone where that is damaged. */
  #whole(): Buffer | undefined {
    if (this.#size < PRELUDE) return undefined;
    const first = this.#held[0] as Buffer;
    const head = first.length < PRELUDE ? this.#joined() : first;
    if (!isPrelude(head)) return head.subarray(0, PRELUDE);
    const length = head.readUInt32BE(0);
    if (this.#size < length) return undefined;
    const all = this.#joined();
    this.#size -= length;
    this.#held = this.#size === 0 ? [] : [all.subarray(length)];
    return all.subarray(0, length);
  }

  #joined(): Buffer {
    const all = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    this.#held = [all];
    return all;
  }
}

function isPrelude(bytes: Buffer): boolean {
  const length = bytes.readUInt32BE(0);
  return (
    length >= LEAST &&
    length <= MOST &&
    bytes.readUInt32BE(4) <= length - LEAST &&
    bytes.readUInt32BE(8) === crc32(bytes.subarray(0, 8))
  );
}

function readFrame(bytes: Buffer): Frame | undefined {
  const end = bytes.length - 4;
  if (bytes.length < LEAST || bytes.readUInt32BE(end) !== crc32(bytes.subarray(0, end))) {
    return undefined;
  }
  const payloadAt = PRELUDE + bytes.readUInt32BE(4);
  const headers = readHeaders(bytes.subarray(PRELUDE, payloadAt));
  return headers === undefined ? undefined : { headers, payload: bytes.subarray(payloadAt, end) };
}

/** Where the payload of one whole frame stands. */
export function payloadOf(bytes: Buffer): [start: number, end: number] | undefined {
  if (bytes.length < LEAST) return undefined;
  return [PRELUDE + bytes.readUInt32BE(4), bytes.length - 4];
}

function readHeaders(bytes: Buffer): ReadonlyMap<string, string> | undefined {
  const headers = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 1 + (bytes[at] as number);
    const type = bytes[nameEnd];
    const size = type === undefined ? undefined : sizes[type];
    if (size === undefined || (size === -1 && nameEnd + 3 > bytes.length)) return undefined;
    const start = nameEnd + (size === -1 ? 3 : 1);
    const end = start + (size === -1 ? bytes.readUInt16BE(nameEnd + 1) : size);
    if (end > bytes.length) return undefined;
    if (type === STRING) {
      headers.set(bytes.toString('utf8', at + 1, nameEnd), bytes.toString('utf8', start, end));
    }
    at = end;
  }
  return headers;
}

/** A frame with these headers, whose values are strings, and this payload. */
export function frame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const bytes = Buffer.from(value);
      const length = Buffer.of(STRING, bytes.length >> 8, bytes.length & 0xff);
      return Buffer.concat([Buffer.of(name.length), Buffer.from(name), length, bytes]);
    }),
  );
  const body = Buffer.from(payload);
  const all = Buffer.alloc(LEAST + head.length + body.length);
  all.writeUInt32BE(all.length, 0);
  all.writeUInt32BE(head.length, 4);
  all.writeUInt32BE(crc32(all.subarray(0, 8)), 8);
  head.copy(all, PRELUDE);
  body.copy(all, PRELUDE + head.length);
  all.writeUInt32BE(crc32(all.subarray(0, all.length - 4)), all.length - 4);
  return all;
}

/** Offset after the last whole frame of bytes that begin with one, or 0. */
export function endOfLastFrame(bytes: Buffer): number {
  let end = 0;
  while (bytes.length - end >= PRELUDE) {
    const length = bytes.readUInt32BE(end);
    if (length < LEAST || end + length > bytes.length) break;
    end += length;
  }
  return end;
}
