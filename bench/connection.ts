import { connect, type Socket } from 'node:net';
import { MessageReader } from './http-message.ts';

/** All connections read into this one buffer: a read is over before the next one begins. */
const inbox = Buffer.allocUnsafe(64 * 1024);

export interface ConnectionEvents {
  /** An answer is complete; `error` holds its head and the start of its body unless it is a 200. */
  answered(error: string | undefined): void;
  /** Body bytes `[start, end)` of an answer, lent for the call. */
  body?(bytes: Buffer, start: number, end: number): void;
  /** The connection ended or broke while an answer was due. */
  broken(reason: string): void;
}

/** A keep-alive client connection that writes one prebuilt request at a time. */
export class Connection {
  readonly #port: number;
  readonly #events: ConnectionEvents;
  #socket: Socket;
  #waiting = false;
  #error: string | undefined;

  constructor(port: number, events: ConnectionEvents) {
    this.#port = port;
    this.#events = events;
    this.#socket = this.#open();
  }

  /** Writes the request; on a connection that the peer has closed meanwhile, after opening anew. */
  send(request: Buffer): void {
    if (this.#socket.destroyed) this.#socket = this.#open();
    this.#waiting = true;
    this.#socket.write(request);
  }

  destroy(): void {
    this.#waiting = false;
    this.#socket.destroy();
  }

  #open(): Socket {
    const reader = new MessageReader('response', {
      head: (text) => {
        this.#error = text.startsWith('HTTP/1.1 200 ') ? undefined : `${text}\n`;
      },
      body: (bytes, start, end) => {
        if (this.#error === undefined) this.#events.body?.(bytes, start, end);
        else if (this.#error.length < 2000) this.#error += bytes.toString('utf8', start, end);
      },
      end: () => {
        this.#waiting = false;
        this.#events.answered(this.#error);
      },
    });
    const socket = connect({
      host: '127.0.0.1',
      port: this.#port,
      noDelay: true,
      onread: {
        buffer: inbox,
        callback: (length) => {
          reader.feed(inbox, length);
          return true;
        },
      },
    });
    const over = (reason: string): void => {
      socket.destroy();
      reader.close();
      if (!this.#waiting || socket !== this.#socket) return;
      this.#waiting = false;
      this.#events.broken(reason);
    };
    socket.on('error', (error) => over(error.message));
    socket.on('end', () => over('closed by the peer'));
    return socket;
  }
}
