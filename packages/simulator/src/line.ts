import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Clock } from './clock.ts';
import type { Ending } from './journal.ts';

/** Small frames are joined up to here when nothing paces them: a write per token would be dear. */
const batchLength = 16_384;

/** The way back to one caller: waits while the caller is slow, and knows when the caller has left. */
export class Line {
  /** Resolves once the answer has been handed to the network, or the connection is gone. */
  readonly over: Promise<Ending['how']>;
  #gone = false;
  #broken = false;
  #wake: (() => void) | undefined;
  #batch = '';
  #chunks = 0;
  #bytes = 0;
  readonly #response: ServerResponse;
  readonly #clock: Clock;

  /** `isClosing` tells a connection that we closed from one that the caller closed. */
  constructor(response: ServerResponse, clock: Clock, isClosing: () => boolean) {
    this.#response = response;
    this.#clock = clock;
    // A write that crosses the caller's leaving is an error of nobody's.
    response.on('error', () => undefined);
    this.over = new Promise((resolve) => {
      response.once('finish', () => resolve('answered'));
      response.once('close', () => {
        this.#gone = true;
        this.#wake?.();
        resolve(this.#broken ? 'broken' : isClosing() ? 'closed' : 'caller-left');
      });
    });
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** What has been written so far. */
  get written(): Pick<Ending, 'status' | 'chunks' | 'bytes'> {
    const { headersSent, statusCode } = this.#response;
    return {
      status: headersSent ? statusCode : undefined,
      chunks: this.#chunks,
      bytes: this.#bytes,
    };
  }

  /** Lets time pass, or less of it when the caller leaves. */
  async pause(ms: number): Promise<void> {
    if (ms <= 0 || this.#gone) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = undefined;
  }

  head(status: number, headers: OutgoingHttpHeaders): void {
    if (!this.#gone) this.#response.writeHead(status, headers);
  }

  /** A whole answer. */
  send(status: number, headers: OutgoingHttpHeaders, body: string): void {
    if (this.#gone) return;
    const length = Buffer.byteLength(body);
    this.#bytes += length;
    this.#response.writeHead(status, { ...headers, 'content-length': length });
    this.#response.end(body);
  }

  /** Takes a frame; true asks for `flush` before the next one. */
  put(data: string | Uint8Array): boolean {
    if (this.#gone) return false;
    this.#chunks++;
    if (typeof data === 'string') this.#batch += data;
    else {
      this.#writeBatch();
      this.#write(data);
    }
    return this.#batch.length >= batchLength || this.#response.writableNeedDrain;
  }

  /** Writes what has been put, and waits while the caller is too slow to take it. */
  async flush(): Promise<void> {
    this.#writeBatch();
    if (this.#gone || !this.#response.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#response.once('drain', resolve);
    });
    this.#wake = undefined;
  }

  /** Ends the answer as it ought to end. */
  end(): void {
    this.#writeBatch();
    if (!this.#gone) this.#response.end();
  }

  /** Closes the connection where it stands; what was put before still arrives. */
  async cut(): Promise<void> {
    await this.delivered();
    this.#broken = true;
    this.#response.socket?.destroy();
  }

  /** Resets the connection. */
  reset(): void {
    this.#broken = true;
    const { socket } = this.#response;
    if (socket instanceof Socket) socket.resetAndDestroy();
  }

  /** Waits until head and frames have been handed to the network. */
  async delivered(): Promise<void> {
    this.#response.flushHeaders();
    await this.flush();
    const { socket } = this.#response;
    if (this.#gone || socket === null) return;
    // Writes keep their order, so an empty one is done when all before it are.
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      socket.write('', () => resolve());
    });
    this.#wake = undefined;
  }

  #writeBatch(): void {
    const batch = this.#batch;
    this.#batch = '';
    if (batch !== '') this.#write(batch);
  }

  #write(data: string | Uint8Array): void {
    if (this.#gone) return;
    this.#bytes += Buffer.byteLength(data);
    this.#response.write(data);
  }
}
