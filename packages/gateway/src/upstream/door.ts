import { isIP, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { buildConnector, Pool, type Dispatcher } from 'undici';
import { forbidden, ForbiddenAddress, guardedLookup, Names } from './address.ts';
import { withoutInterim } from './interim.ts';

/** Heads larger than this are no answer of a model provider (node:http has the same limit). */
const MAX_HEAD_BYTES = 16 * 1024;

export interface DoorOptions {
  /** Base URL of the provider; only its origin matters here. */
  readonly origin: URL;
  readonly mayBePrivate: boolean;
  /** Certificates (PEM) of whoever signs this origin's, instead of those that Node trusts. */
  readonly ca?: string | undefined;
}

/**
 * The single outbound door: every byte to a provider leaves through one of these. A door leads to
 * one origin, checks each address it dials, follows no redirect, and reads no proxy variables.
 */
export class Door {
  readonly #open: () => Pool;
  readonly #pool: Pool;
  #isClosed = false;
  #isDestroyed = false;
  /** Of what was sent after that. */
  readonly #late = new Set<Pool>();
  readonly #names = new Names();
  /**
   * Something was answered since a request was last sent twice. A server that ends all connections
   * is not asked twice by everybody.
   */
  mayResend = true;
  /** Requests sent so far. */
  #sent = 0;
  /** By what ended a connection: how many requests had been sent when it was opened. */
  readonly #openedAfter = new WeakMap<Error, number>();

  constructor({ origin, mayBePrivate, ca }: DoorOptions) {
    const connect = buildConnector({
      allowH2: false,
      // Said, so that NODE_TLS_REJECT_UNAUTHORIZED cannot say otherwise.
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { ca }),
      // Callers give up much earlier; this ends the attempt of the socket itself.
      timeout: 30_000,
      lookup: guardedLookup(mayBePrivate, this.#names.resolve),
    });
    const remember = (socket: Socket): void => {
      const sent = this.#sent;
      socket.on('error', (end: Error) => this.#openedAfter.set(end, sent));
    };
    const options: Pool.Options = {
      // A capped pool queues in silence; overload is refused before it comes here.
      connections: null,
      pipelining: 1,
      maxHeaderSize: MAX_HEAD_BYTES,
      // The attempt holds all deadlines in one shared sweep, without timers per request.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect(options, callback) {
        // `lookup` is not called for a literal address in any of its spellings.
        const literal = options.hostname.replace(/^\[|\]$/g, '');
        if (isIP(literal) !== 0) {
          const range = forbidden(literal, mayBePrivate);
          if (range !== undefined) return callback(new ForbiddenAddress(range), null);
        }
        return connect(options, (error, socket) => {
          if (error !== null) return callback(error, null);
          remember(socket);
          withoutInterim(socket, MAX_HEAD_BYTES);
          return callback(null, socket);
        });
      },
    };
    this.#open = () => new Pool(origin.origin, options);
    this.#pool = this.#open();
  }

  /**
   * Whether the connection that ended so had been opened before the request with this number was
   * sent: its server may have closed it at the moment of reuse (RFC 9112, section 9.5).
   */
  wasReused(end: Error, number: number): boolean {
    return number > (this.#openedAfter.get(end) ?? Infinity);
  }

  /** A connection waits for the address of its name. */
  get isResolving(): boolean {
    return this.#names.areResolving;
  }

  /** Sends one request, and gives its number. Every failure, even one in the arguments, reaches the handler. */
  send(
    request: {
      readonly method: string;
      readonly path: string;
      /** Names and values in turn. */
      readonly headers: string[];
      readonly body: Buffer | Readable | null;
      /** Asks for the connection to become one of this protocol (RFC 9110, section 7.8). */
      readonly upgrade?: string;
    },
    handler: Dispatcher.DispatchHandler,
  ): number {
    this.#sent += 1;
    const number = this.#sent;
    if (this.#isClosed && !this.#isDestroyed) this.#sendLate(request, handler);
    else this.#pool.dispatch(request, handler);
    return number;
  }

  /**
   * Keeps no connection any more. A request that began with a configuration may be sent, and sent again,
   * long after another has taken its place: its body is still coming, or its first provider has failed.
   * Each has a connection of its own then.
   */
  close(): void {
    this.#isClosed = true;
    this.#pool.close().catch(() => undefined);
  }

  /** Ends running requests. */
  destroy(): void {
    this.#isDestroyed = true;
    for (const pool of [this.#pool, ...this.#late]) pool.destroy().catch(() => undefined);
  }

  #sendLate(...sent: Parameters<Pool['dispatch']>): void {
    const pool = this.#open();
    this.#late.add(pool);
    pool.dispatch(...sent);
    const forget = () => this.#late.delete(pool);
    pool.close().then(forget, forget);
  }
}
