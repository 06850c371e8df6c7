import type { Readable } from 'node:stream';
import type { Failure } from '@vitalgate/contract';
import type { ApiTarget } from './api.ts';
import { CallerBody } from './caller-body.ts';
import { hasBody } from './message.ts';
import { outgoingHeaders } from './outgoing.ts';
import type { Passing } from './passing.ts';
import { convertedBody } from './records.ts';

/** What a door is given to send, but for its head. */
interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer | Readable | null;
  readonly upgrade?: string;
}

/** What upstreams are asked: the same each time, but for what only one of them is told. */
export class Sending {
  readonly method: string;
  /** With its question mark; empty where there is none. */
  readonly query: string;
  readonly #passing: Pick<Passing, 'exchange' | 'prepared' | 'running'>;
  readonly #onRefused: (failure: Failure) => void;
  #body: CallerBody | undefined;

  /** @param onRefused hears that the caller's body is none that could be passed on */
  constructor(
    passing: Pick<Passing, 'exchange' | 'prepared' | 'running'>,
    onRefused: (failure: Failure) => void,
  ) {
    const { exchange, prepared } = passing;
    this.#passing = passing;
    this.#onRefused = onRefused;
    this.method = prepared.mapped?.method ?? exchange.request.method ?? '';
    this.query = prepared.mapped?.query ?? exchange.matched.query;
  }

  /** Names and values in turn. */
  headersFor(target: ApiTarget): string[] {
    const { exchange, prepared, running } = this.#passing;
    return outgoingHeaders(exchange, target, prepared.shape, prepared.mapped?.fields, running);
  }

  /** What this one is sent. A body that is passed on as it comes can be sent while none of it has. */
  to(target: ApiTarget, onStalled: () => void): Sent {
    const { exchange, prepared } = this.#passing;
    return {
      method: this.method,
      path: target.base + exchange.matched.path + this.query,
      body: prepared.body ?? (hasBody(exchange) ? this.#asItComes(onStalled) : null),
      ...(exchange.upgrade !== undefined && { upgrade: 'websocket' }),
    };
  }

  /** Whether all of it is still there to be sent. */
  get isWhole(): boolean {
    return this.#body?.isBegun !== true;
  }

  /** Whether it can be sent twice at once. */
  get isKept(): boolean {
    return this.#body === undefined;
  }

  /** Bytes of the body that the caller has sent; undefined where there is none. */
  get bytes(): number | undefined {
    return this.#body?.bytes ?? this.#passing.prepared.body?.length;
  }

  #asItComes(onStalled: () => void): Readable {
    const { exchange, prepared, running } = this.#passing;
    this.#body = new CallerBody({
      exchange,
      limit: exchange.matched.api.maxBody ?? Number.POSITIVE_INFINITY,
      idleMs: running.config.server.bodyTimeout,
      running,
      onRefused: this.#onRefused,
      onStalled,
    });
    const shaped = prepared.shape?.body;
    if (shaped === undefined || !('records' in shaped)) return this.#body;
    return convertedBody(this.#body, shaped.records, this.#onRefused);
  }
}
