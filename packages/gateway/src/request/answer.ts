import type { ServerResponse } from 'node:http';
import { rateLimitFields } from '../access/limits/holds.ts';
import type { Failure, FailureCode } from '@vitalgate/contract';
import { wires } from '@vitalgate/dialects';
import type { Running } from '../running.ts';
import type { Sink, UpstreamCall } from '../upstream/call.ts';
import type { Verdict } from '../upstream/classify.ts';
import type { Arrival, Arrived, Attempted } from './exchange.ts';
import { problemDetails } from './problem.ts';

/** Called once, when it is known how the request ends and before its last byte leaves. */
export type Conclude = (
  outcome: 'completed' | 'failed' | 'abandoned',
  reason: string | undefined,
) => void;

/** Stage 7: says it in the caller's dialect. Resolves when the answer's last byte is handed on. */
export function answer(attempted: Attempted, running: Running, conclude: Conclude): Promise<void> {
  return new Promise((resolve) => {
    const { response, call } = attempted;
    const answering = new Answering(attempted, running, conclude, resolve);
    attempted.onCallerLeft = () => answering.abandon();
    response.on('drain', () => call.resume());
    call.attach(answering);
  });
}

/** One answer on its way from an attempt to the caller. */
class Answering implements Sink {
  readonly #exchange: Attempted;
  readonly #running: Running;
  readonly #conclude: Conclude;
  readonly #resolve: () => void;

  constructor(exchange: Attempted, running: Running, conclude: Conclude, resolve: () => void) {
    this.#exchange = exchange;
    this.#running = running;
    this.#conclude = conclude;
    this.#resolve = resolve;
  }

  data(chunk: Buffer, isLast: boolean): boolean {
    const { response, call, receipt } = this.#exchange;
    receipt.firstMs ??= (call.firstByteAt ?? call.startedAt) - call.startedAt;
    const isWhole = isLast && !response.headersSent && !receipt.streamed;
    if (!response.headersSent) this.#writeHead(isWhole ? chunk.length : undefined);
    // The ledger has it before the caller does: a process killed now still knows what it served.
    if (isLast) this.#concludeWell();
    if (isWhole) {
      response.end(chunk);
      return true;
    }
    return response.write(chunk);
  }

  end(): void {
    const { response } = this.#exchange;
    if (!response.headersSent) this.#writeHead(0);
    this.#concludeWell();
    response.end();
    this.#finish();
  }

  fail({ reason }: Verdict): void {
    const { response, id, dialect, target, receipt, form } = this.#exchange;
    this.#conclude('failed', reason);
    if (receipt.streamed && !response.writableEnded) {
      const message = `the answer of ${target.id} broke off (${reason}); what came before is not whole`;
      const status = 502;
      const failure = { code: 'stream_interrupted', status, message, requestId: id };
      response.end(wires[dialect].writeStreamFailure(failure, form));
    } else {
      // Inside a whole JSON answer nothing can be told but that it is cut.
      response.destroy();
    }
    this.#finish();
  }

  abandon(): void {
    const { call } = this.#exchange;
    this.#conclude('abandoned', 'caller_left');
    call.cancel();
    this.#finish();
  }

  #concludeWell(): void {
    const { verdict } = this.#exchange.call;
    if (verdict.fault === undefined) this.#conclude('completed', undefined);
    else this.#conclude('failed', verdict.reason);
  }

  #finish(): void {
    this.#exchange.onCallerLeft = undefined;
    this.#resolve();
  }

  #writeHead(length: number | undefined): void {
    const { response, call, receipt, target, dialect, passage, form } = this.#exchange;
    const head = commonHead(this.#exchange, this.#running);
    head.push('x-vitalgate-target', target.id, 'x-vitalgate-attempts', String(receipt.attempts));
    passHeaders(call, head);
    if (passage.translation !== undefined) {
      const isStream = receipt.streamed && call.status < 400 && form === undefined;
      const type = isStream ? wires[dialect].streamTypes[0] : 'application/json';
      head.push('content-type', type);
      const lost = passage.translation.losses.header();
      if (lost !== undefined) head.push('x-vitalgate-warnings', lost);
    }
    if (length !== undefined) head.push('content-length', String(length));
    receipt.status = call.status;
    response.writeHead(call.status, head);
  }
}

/** Answers with JSON of our own, without an upstream. */
export function answerOwn(arrived: Arrived, running: Running, body: string): void {
  arrived.receipt.status = 200;
  const head = commonHead(arrived, running);
  head.push('content-type', 'application/json', 'content-length', String(Buffer.byteLength(body)));
  end(arrived.response, 200, head, body);
}

/** Answers a request that is refused or given up before any byte was promised. */
export function refuse(arrived: Arrival, running: Running, failure: Failure): void {
  const { response, id, dialect, receipt } = arrived;
  const { code, message, kind, retryAfter } = failure;
  const told = { code, status: kind.status, message, requestId: id };
  const isApi = dialect === 'http';
  const body = isApi ? problemDetails(told) : wires[dialect].writeFailure(told);
  const head = commonHead(arrived, running);
  if (receipt.attempts > 0) head.push('x-vitalgate-attempts', String(receipt.attempts));
  const type = isApi ? 'application/problem+json' : 'application/json';
  head.push('content-type', type, 'content-length', String(Buffer.byteLength(body)));
  if (retryAfter !== undefined) head.push('retry-after', String(retryAfter));
  if (code === 'missing_key' || code === 'invalid_key') head.push('www-authenticate', 'Bearer');
  if (closesConnection.has(code)) head.push('connection', 'close');
  end(response, kind.status, head, body);
}

/** After these the rest of the connection is not worth, or not safe, reading. */
const closesConnection: ReadonlySet<FailureCode> = new Set(['request_timeout', 'draining']);

function end(response: ServerResponse, status: number, head: string[], body: string): void {
  response.writeHead(status, head);
  response.end(body);
}

function commonHead(exchange: Arrival, { clock }: Running): string[] {
  const { id, receipt, limits } = exchange;
  receipt.gatewayMs = clock.now() - receipt.arrivedAt - receipt.upstreamMs;
  const timing = `gateway;dur=${receipt.gatewayMs.toFixed(2)}, upstream;dur=${receipt.upstreamMs.toFixed(2)}`;
  // Answers belong to the key that asked (RFC 9111, section 5.2.2.5), and a buffering proxy in
  // front would turn a stream into a pause.
  return [
    'x-request-id',
    id,
    'server-timing',
    timing,
    'cache-control',
    'no-store',
    ...rateLimitFields(limits, { now: clock.now(), wall: clock.wall() }),
    ...(receipt.streamed ? ['x-accel-buffering', 'no'] : []),
  ];
}

/** Of a provider's head, what callers and their SDKs read. Cookies and server names are not. */
const PASSED = new Set(['content-type', 'content-encoding', 'request-id', 'x-should-retry']);
/** Of any provider's, whatever the dialect. */
const PASSED_BY_ALL = new Set(['retry-after', 'retry-after-ms', 'x-vitalgate-simulated']);
const PASSED_FAMILIES = ['anthropic-', 'openai-', 'x-ratelimit-'];
/** They name the operator's account, not the caller's. */
const WITHHELD = new Set(['openai-organization', 'openai-project', 'anthropic-organization-id']);

function passHeaders({ headers, isTranslated }: UpstreamCall, head: string[]): void {
  for (const name in headers) {
    const isOwn = PASSED.has(name) || PASSED_FAMILIES.some((family) => name.startsWith(family));
    if (!PASSED_BY_ALL.has(name) && (isTranslated || !isOwn)) continue;
    const value = headers[name];
    if (WITHHELD.has(name) || typeof value !== 'string') continue;
    head.push(name, value);
  }
}
