import { BenchError } from './errors.ts';

/** Who hears about the parts of each message, in order: head, any number of body slices, end. */
export interface MessageSink {
  /** Start line and fields, without the blank line. */
  head(text: string): void;
  /** Body bytes `[start, end)` of `bytes`, framing removed. The bytes are only lent. */
  body(bytes: Buffer, start: number, end: number): void;
  end(): void;
}

const State = { Head: 0, Length: 1, Size: 2, Chunk: 3, ChunkEnd: 4, Trailer: 5, Close: 6 } as const;
type State = (typeof State)[keyof typeof State];

const LF = 0x0a;
const CR = 0x0d;
const SEMICOLON = 0x3b;
const MAX_HEAD_BYTES = 64 * 1024;

const hexValue = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  hexValue[digit.toString(16).charCodeAt(0)] = digit;
  hexValue[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/**
 * Reads the HTTP/1.1 messages of one connection (RFC 9112): just what a bench needs from peers it
 * trusts, so that measuring costs less than what is measured. Not for hostile input.
 */
export class MessageReader {
  readonly #kind: 'request' | 'response';
  readonly #sink: MessageSink;
  #state: State = State.Head;
  #partialHead: Buffer | undefined;
  /** Bytes of body or chunk still to come. */
  #left = 0;
  #sizeEnded = false;
  #lineIsEmpty = true;

  constructor(kind: 'request' | 'response', sink: MessageSink) {
    this.#kind = kind;
    this.#sink = sink;
  }

  /** Takes the first `length` bytes. @throws BenchError when they are not HTTP/1.1. */
  feed(bytes: Buffer, length: number = bytes.length): void {
    let at = 0;
    while (at < length) {
      switch (this.#state) {
        case State.Head:
          at = this.#head(bytes, at, length);
          break;
        case State.Length:
        case State.Chunk:
          at = this.#counted(bytes, at, length);
          break;
        case State.Size:
          at = this.#size(bytes, at);
          break;
        case State.ChunkEnd:
          if (bytes[at++] === LF) this.#expectSize();
          break;
        case State.Trailer:
          at = this.#trailer(bytes, at);
          break;
        case State.Close:
          this.#sink.body(bytes, at, length);
          at = length;
          break;
      }
    }
  }

  /** The peer closed. False when that cut a message short. */
  close(): boolean {
    if (this.#state === State.Close) this.#finish();
    return this.#state === State.Head && this.#partialHead === undefined;
  }

  #head(bytes: Buffer, at: number, length: number): number {
    const slice = bytes.subarray(at, length);
    const whole =
      this.#partialHead === undefined ? slice : Buffer.concat([this.#partialHead, slice]);
    const end = whole.indexOf('\r\n\r\n');
    if (end === -1) {
      if (whole.length > MAX_HEAD_BYTES) throw new BenchError('a message head never ended');
      // Copied, for the caller will fill the same memory again.
      this.#partialHead = Buffer.from(whole);
      return length;
    }
    const before = this.#partialHead?.length ?? 0;
    this.#partialHead = undefined;
    this.#frame(whole.toString('latin1', 0, end));
    return at + end + 4 - before;
  }

  #frame(text: string): void {
    if (this.#kind === 'response' && /^HTTP\/1\.1 1\d\d/.test(text)) return;
    this.#sink.head(text);
    if (/\r\ntransfer-encoding: *chunked/i.test(text)) {
      this.#expectSize();
      return;
    }
    const counted = /\r\ncontent-length: *(\d+)/i.exec(text);
    if (counted !== null) {
      this.#left = Number(counted[1]);
      if (this.#left === 0) this.#finish();
      else this.#state = State.Length;
    } else if (this.#kind === 'request' || /^HTTP\/1\.1 (204|304)/.test(text)) {
      this.#finish();
    } else {
      this.#state = State.Close;
    }
  }

  #counted(bytes: Buffer, at: number, length: number): number {
    const end = Math.min(length, at + this.#left);
    this.#sink.body(bytes, at, end);
    this.#left -= end - at;
    if (this.#left === 0) {
      if (this.#state === State.Chunk) this.#state = State.ChunkEnd;
      else this.#finish();
    }
    return end;
  }

  #expectSize(): void {
    this.#left = 0;
    this.#sizeEnded = false;
    this.#state = State.Size;
  }

  #size(bytes: Buffer, at: number): number {
    const byte = bytes[at] ?? CR;
    if (byte === LF) {
      this.#lineIsEmpty = true;
      this.#state = this.#left === 0 ? State.Trailer : State.Chunk;
    } else if (byte === CR || byte === SEMICOLON) {
      this.#sizeEnded = true;
    } else if (!this.#sizeEnded) {
      const digit = hexValue[byte] ?? -1;
      if (digit === -1) throw new BenchError(`byte ${byte} where a chunk size should be`);
      this.#left = this.#left * 16 + digit;
    }
    return at + 1;
  }

  #trailer(bytes: Buffer, at: number): number {
    const byte = bytes[at];
    if (byte === LF) {
      if (this.#lineIsEmpty) this.#finish();
      else this.#lineIsEmpty = true;
    } else if (byte !== CR) {
      this.#lineIsEmpty = false;
    }
    return at + 1;
  }

  #finish(): void {
    this.#state = State.Head;
    this.#sink.end();
  }
}
