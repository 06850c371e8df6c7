import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, ServerHttp2Stream } from 'node:http2';
import type { Failure } from '@vitalgate/contract';
import { unknownUsage } from '@vitalgate/dialects';
import type { Arrival, Arrived, Attempted } from '../request/exchange.ts';
import type { Running } from '../running.ts';
import { readHeaders, type CallerHeaders } from './headers.ts';

/** Sixteen random characters of this process, so that ids never meet those of another run. */
const RUN = randomBytes(12).toString('base64url');
let count = 0;

export const newRequestId = () => `req_${RUN}${(count++).toString(36)}`;

const NO_HEADERS = readHeaders([]);

export function tryHeaders(
  raw: readonly string[],
  key: string | undefined,
): { headers: CallerHeaders; ambiguity?: Failure } {
  try {
    return { headers: readHeaders(raw, key) };
  } catch (error) {
    return { headers: NO_HEADERS, ambiguity: error as Failure };
  }
}

/**
 * What the stages of a request for a model will add. To V8 an object that is given more than a dozen
 * fields after it was made is a dictionary, and every look at it is slow from then on.
 */
type Room = Readonly<Record<Exclude<keyof Attempted, keyof Arrived> | 'state', undefined>>;

export function arrive(
  request: IncomingMessage,
  response: ServerResponse,
  headers: CallerHeaders,
  { clock }: Running,
): Omit<Arrival, 'dialect' | 'operation' | 'path'> & Room {
  return {
    id: newRequestId(),
    request,
    response,
    headers,
    receipt: {
      at: clock.wall(),
      arrivedAt: clock.now(),
      keyId: undefined,
      team: undefined,
      owner: undefined,
      model: '',
      streamed: false,
      target: undefined,
      attempts: 0,
      tried: [],
      status: 0,
      outcome: undefined,
      reason: undefined,
      bill: { usage: unknownUsage, cost: undefined, source: undefined, isEstimated: false },
      billed: undefined,
      isOpen: false,
      expected: undefined,
      guardrails: undefined,
      upstreamMs: 0,
      gatewayMs: 0,
      firstMs: undefined,
    },
    prompt: undefined,
    limits: [],
    holds: undefined,
    guarding: undefined,
    trial: undefined,
    room: undefined,
    served: undefined,
    address: undefined,
    key: undefined,
    admitted: undefined,
    body: undefined,
    scanned: undefined,
    route: undefined,
    features: undefined,
    isSealed: undefined,
    intent: undefined,
    targets: undefined,
    candidates: undefined,
    target: undefined,
    credential: undefined,
    call: undefined,
    passage: undefined,
    state: undefined,
  };
}

/** Counts a request as one being handled until its answer has ended, however it ends. */
export function countIn(arrived: Arrival, running: Running): void {
  const { request, response } = arrived;
  const { lifecycle } = running;
  lifecycle.inFlight += 1;
  response.once('close', () => {
    lifecycle.inFlight -= 1;
    if (!response.writableFinished) arrived.served?.abandon();
  });
  // HTTP/2's answer closes with its stream, which waits for the rest of the request.
  const stream = streamOf(request);
  (stream ?? response).once('finish', () => {
    const isWhole =
      stream === undefined ? request.complete : stream.endAfterHeaders || stream.readableEnded;
    if (!isWhole) linger(request, running);
  });
}

/** Who was answered before the end of its body may send so much longer before it is cut off. */
const LINGER_MS = 5000;

/**
 * Lets the rest of a body run out, so that its caller reads the answer: closing at once would reset
 * the connection under it (RFC 9112, section 9.6). Without an end to it, bytes that drip in for ever
 * would hold the connection for as long.
 */
function linger(request: IncomingMessage, { deadlines, clock }: Running): void {
  const stream = streamOf(request);
  if (stream !== undefined) {
    // It can end without its connection (RFC 9113, section 8.1).
    stream.close();
    return;
  }
  const due = { dueAt: clock.now() + LINGER_MS, onDue: () => request.socket.destroy() };
  deadlines.add(due);
  request.once('close', () => deadlines.delete(due));
  request.resume();
}

/** The stream of a request of HTTP/2. */
const streamOf = (request: IncomingMessage): ServerHttp2Stream | undefined =>
  (request as unknown as Partial<Http2ServerRequest>).stream;
