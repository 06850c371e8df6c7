/** Messages of WebSockets in their frames (RFC 6455, section 5), without extensions. */
import { randomBytes } from 'node:crypto';

const CONTINUED = 0;
export const TEXT = 1;
const BINARY = 2;
export const CLOSE = 8;
const PONG = 10;

/** A control frame says no more than this. */
const MOST_CONTROL = 125;

/** A message, put together from its fragments, or a control frame. */
export interface Message {
  readonly opcode: number;
  readonly payload: Buffer;
  /** As it came; undefined where it came in fragments. */
  readonly raw: Buffer | undefined;
}

/** Why a connection has to be closed, as its close frame says it (RFC 6455, section 7.4.1). */
export class Violation extends Error {
  readonly code: number;
  /** As the ledger says it. */
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.name = 'Violation';
    this.code = code;
    this.reason = reason;
  }
}

const malformed = (what: string): Violation => new Violation(1002, 'invalid_request', what);

interface Head {
  readonly isLast: boolean;
  readonly opcode: number;
  /** Where what it says begins and ends. */
  readonly start: number;
  readonly end: number;
}

/** Reads the messages of one direction as they come. */
export class MessageReader {
  readonly #isMasked: boolean;
  readonly #most: number;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes without which there is nothing to be read. */
  #needed = 2;
  /** Kind of the message of which more is to come. */
  #opcode: number | undefined;
  #fragments: Buffer[] = [];
  #length = 0;

  /**
   * @param isMasked as all is that a client sends, and nothing that a server does
   * @param most bytes of one message
   */
  constructor(isMasked: boolean, most: number) {
    this.#isMasked = isMasked;
    this.#most = most;
  }

  /** @throws {Violation} once what was well formed before it has been given */
  *push(chunk: Buffer): Generator<Message> {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    while (this.#held >= this.#needed) {
      const [first] = this.#chunks;
      const bytes =
        first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
      const head = this.#headOf(bytes);
      this.#chunks = [bytes];
      if (head === undefined) continue;
      this.#held -= head.end;
      this.#chunks = this.#held === 0 ? [] : [bytes.subarray(head.end)];
      this.#needed = 2;
      const message = this.#take(head, bytes);
      if (message !== undefined) yield message;
    }
  }

  /** Undefined while not all of its frame is there. */
  #headOf(bytes: Buffer): Head | undefined {
    const first = bytes.readUInt8(0);
    const second = bytes.readUInt8(1);
    const short = second & 0x7f;
    const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
    const start = 2 + lengthBytes + (this.#isMasked ? 4 : 0);
    this.#needed = start;
    if (bytes.length < start) return undefined;
    let length = short;
    if (short === 126) length = bytes.readUInt16BE(2);
    if (short === 127) length = Number(bytes.readBigUInt64BE(2));
    if (lengthBytes > 0 && length < (lengthBytes === 2 ? 126 : 65_536)) {
      throw malformed('found a length that is not in its shortest form');
    }
    const head = {
      isLast: first >= 0x80,
      opcode: first & 0x0f,
      start,
      end: start + length,
    };
    if ((first & 0x70) !== 0) throw malformed('found an extension that was not agreed on');
    if (second >= 0x80 !== this.#isMasked) throw malformed('found a frame with the wrong masking');
    this.#check(head, length);
    this.#needed = head.end;
    return bytes.length < head.end ? undefined : head;
  }

  #check({ opcode, isLast }: Head, length: number): void {
    if (opcode >= CLOSE) {
      if (opcode > PONG || !isLast || length > MOST_CONTROL) throw malformed('found no such frame');
      return;
    }
    if (opcode > BINARY) throw malformed('found no such frame');
    if ((opcode === CONTINUED) !== (this.#opcode !== undefined)) {
      throw malformed('found fragments of different messages');
    }
    if (this.#length + length > this.#most) {
      throw new Violation(1009, 'request_too_large', `expected at most ${this.#most} bytes`);
    }
  }

  #take({ opcode, isLast, start, end }: Head, bytes: Buffer): Message | undefined {
    const payload = this.#isMasked
      ? masked(bytes.subarray(start, end), bytes.subarray(start - 4, start))
      : bytes.subarray(start, end);
    if (opcode >= CLOSE || (isLast && opcode !== CONTINUED)) {
      return { opcode, payload, raw: bytes.subarray(0, end) };
    }
    this.#opcode ??= opcode;
    if (payload.length > 0) this.#fragments.push(payload);
    this.#length += payload.length;
    if (!isLast) return undefined;
    const whole = { opcode: this.#opcode, payload: Buffer.concat(this.#fragments), raw: undefined };
    this.#opcode = undefined;
    this.#fragments = [];
    this.#length = 0;
    return whole;
  }
}

/** A message in one frame. What is too long for a control frame is left out of it. */
export function frameOf(opcode: number, payload: Buffer, isMasked: boolean): Buffer {
  const said = opcode >= CLOSE && payload.length > MOST_CONTROL ? payload.subarray(0, 2) : payload;
  const { length } = said;
  const lengthBytes = length > 0xffff ? 8 : length >= 126 ? 2 : 0;
  const head = Buffer.alloc(2 + lengthBytes);
  head[0] = 0x80 | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (lengthBytes === 8 ? 127 : lengthBytes === 2 ? 126 : length);
  if (lengthBytes === 2) head.writeUInt16BE(length, 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(BigInt(length), 2);
  if (!isMasked) return Buffer.concat([head, said]);
  const key = randomBytes(4);
  return Buffer.concat([head, key, masked(said, key)]);
}

export function closeFrame({ code, message }: Violation, isMasked: boolean): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  const said = Buffer.from(message.slice(0, MOST_CONTROL - 2));
  return frameOf(CLOSE, Buffer.concat([payload, said]), isMasked);
}

/** RFC 6455, section 5.3; masked twice it is itself again. */
function masked(bytes: Buffer, key: Buffer): Buffer {
  const other = Buffer.allocUnsafe(bytes.length);
  for (let i = 0; i < bytes.length; i += 1) other[i] = (bytes[i] ?? 0) ^ (key[i & 3] ?? 0);
  return other;
}

/** Where frames end in bytes of one direction that pass unread. */
export class FrameEdges {
  #head: number[] = [];
  /** Bytes of the frame that are still to come. */
  #left = 0;

  /** Nothing has begun that has not ended. */
  get isBetween(): boolean {
    return this.#left === 0 && this.#head.length === 0;
  }

  /** Takes what passes, or only what ends the frame that has begun; gives how many bytes that is. */
  take(chunk: Buffer, isLast = false): number {
    let at = 0;
    while (at < chunk.length) {
      if (isLast && this.isBetween) break;
      if (this.#left > 0) {
        const some = Math.min(this.#left, chunk.length - at);
        this.#left -= some;
        at += some;
        continue;
      }
      this.#head.push(chunk[at] ?? 0);
      at += 1;
      const left = bytesAfter(this.#head);
      if (left === undefined) continue;
      this.#head = [];
      this.#left = left;
    }
    return at;
  }
}

/** How many bytes of a frame follow its length; undefined while that is not whole. */
function bytesAfter(head: readonly number[]): number | undefined {
  const [, second] = head;
  if (second === undefined) return undefined;
  const short = second & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  if (head.length < 2 + lengthBytes) return undefined;
  const told = head.slice(2, 2 + lengthBytes);
  const length = lengthBytes === 0 ? short : told.reduce((sum, byte) => sum * 256 + byte, 0);
  return length + (second >= 0x80 ? 4 : 0);
}
