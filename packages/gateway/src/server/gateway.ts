import { randomBytes } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Http2ServerRequest, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { Failure, failureKinds, type FailureCode } from '@vitalgate/contract';
import { type CallerForm, unknownUsage, wires } from '@vitalgate/dialects';
import type { Found, Matched } from '../apis/match.ts';
import { doubtIn, isPlainQuery } from '../apis/path.ts';
import { refuse } from '../request/refuse.ts';
import { DOCUMENT } from '../documents/page.ts';
import { OF_PROMPT, type Prompt } from '../prompts/prompt.ts';
import type {
  ApiArrived,
  Arrival,
  Arrived,
  DocumentArrived,
  PromptArrived,
} from '../request/exchange.ts';
import { handle, handleApi, handleDocument, handlePrompt } from '../request/pipeline.ts';
import type { Running } from '../running.ts';
import { readHeaders, type CallerHeaders } from './headers.ts';
import { answerPage } from './document-page.ts';
import { answerHealth, isHealthPath } from './health.ts';
import { routeOf, type Routed } from './routes.ts';
import type { StatusPage } from '../status-page/page.ts';
import { answerStatusPage, isStatusPath } from './status-page.ts';
import { createTlsServer, type CallerServer } from './tls.ts';
import { asksForWebSocket, responseOver, type Upgrade } from './upgrade.ts';

/** Sixteen random characters of this process, so that ids never meet those of another run. */
const RUN = randomBytes(12).toString('base64url');
let count = 0;

const newRequestId = () => `req_${RUN}${(count++).toString(36)}`;

/** A load balancer in front keeps its connections a minute; ours must outlive them. */
const KEEP_ALIVE_MS = 75_000;

/** The listener for callers. `current` gives what is running now; a request keeps what it began with. */
export function createGatewayServer(current: () => Running, statusPage: StatusPage): CallerServer {
  const { server: limits, listen } = current().config;
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    receive(request, response, current(), statusPage);
  const options = {
    maxHeaderSize: 16 * 1024,
    headersTimeout: limits.headerTimeout,
    // A body may go on as long as it does not pause, which whoever reads it watches.
    requestTimeout: 0,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
    requireHostHeader: false,
    shouldUpgradeCallback: asksForWebSocket,
  };
  const server: CallerServer =
    listen.tls === undefined
      ? createPlainServer(options, listener)
      : createTlsServer(listen.tls, options, listener);
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
    receive(request, responseOver(request, socket), current(), statusPage, { socket, head }),
  );
  // Refusing is done with an answer; this is for floods of connections that ask nothing.
  server.maxConnections = limits.maxConnections * 2;
  server.on('clientError', refuseConnection);
  return server;
}

function createPlainServer(options: ServerOptions, listener: RequestListener): Server {
  const server = createServer(options, listener);
  // Whoever reads the body tells the caller to go on, once there is a reason to (request/body.ts).
  return server.on('checkContinue', listener);
}

function receive(
  request: IncomingMessage,
  response: ServerResponse,
  running: Running,
  page: StatusPage,
  upgrade?: Upgrade,
): void {
  const url = targetOf(request);
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  if (isHealthPath(path)) {
    answerHealth(request, response, path, running);
    return;
  }
  const otherwise = () => receiveCall(request, response, { path, url }, running, upgrade);
  if (isStatusPath(path)) answerStatusPage(request, response, path, { page, running, otherwise });
  else otherwise();
}

function receiveCall(
  request: IncomingMessage,
  response: ServerResponse,
  { path, url }: { readonly path: string; readonly url: string },
  running: Running,
  upgrade: Upgrade | undefined,
): void {
  const search = url.slice(path.length);
  const asked = `${request.method}`;
  const { prompts } = running;
  const apiOfHost = running.apiRouter.findByHost(asked, request.headers.host, path, search);
  const routed = apiOfHost === undefined ? routeOf(asked, path) : undefined;
  if (apiOfHost === undefined && running.config.documents.enabled) {
    if (path === DOCUMENT) {
      receiveForDocument(request, response, running);
      return;
    }
    if (answerPage(request, response, path, running)) return;
  }
  const prompt = routed === undefined && apiOfHost === undefined ? prompts.get(path) : undefined;
  if (prompt !== undefined) {
    receiveForPrompt(request, response, prompt, running);
    return;
  }
  const forApi =
    routed === undefined ? (apiOfHost ?? running.apiRouter.find(asked, path, search)) : undefined;
  if (forApi === undefined) receiveForModel(request, response, path, search, routed, running);
  else receiveForApi(request, response, path, forApi, upgrade, running);
}

function receiveForModel(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  search: string,
  routed: Routed | undefined,
  running: Running,
): void {
  const { headers, ambiguity } = tryHeaders(request.rawHeaders, keyIn(search, routed));
  const arrived: Arrived = {
    ...arrive(request, response, headers, running),
    dialect: routed?.entry.dialect ?? headers.dialect ?? 'openai-chat',
    operation: routed?.entry.operation ?? 'models',
    path: routed?.entry.path ?? '',
    named: routed?.model,
    streamed: routed?.entry.streamed,
    form: formOf(request, routed),
  };
  countIn(arrived, running);
  const refusal = ambiguity ?? badRoute(request, routed, path) ?? badFraming(request);
  if (refusal === undefined) {
    void handle(arrived, running);
    return;
  }
  if (refusal.code === 'method_not_allowed' && routed !== undefined) {
    response.setHeader('allow', routed.entry.method);
  }
  arrived.receipt.status = refusal.kind.status;
  refuse(arrived, running, refusal);
}

function receiveForDocument(
  request: IncomingMessage,
  response: ServerResponse,
  running: Running,
): void {
  const { headers, ambiguity } = tryHeaders(request.rawHeaders, undefined);
  const arrived: DocumentArrived = {
    ...arrive(request, response, headers, running),
    dialect: 'http',
    operation: 'document',
    path: DOCUMENT,
  };
  countIn(arrived, running);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const refusal =
    ambiguity ??
    badFraming(request) ??
    (isRead
      ? undefined
      : new Failure('method_not_allowed', `found ${request.method}, expected GET`));
  if (refusal === undefined) {
    void handleDocument(arrived, running);
    return;
  }
  if (!isRead) response.setHeader('allow', 'GET, HEAD');
  arrived.receipt.status = refusal.kind.status;
  refuse(arrived, running, refusal);
}

function receiveForPrompt(
  request: IncomingMessage,
  response: ServerResponse,
  prompt: Prompt,
  running: Running,
): void {
  const { headers, ambiguity } = tryHeaders(request.rawHeaders, undefined);
  const arrived: PromptArrived = {
    ...arrive(request, response, headers, running),
    dialect: 'openai-chat',
    operation: 'chat',
    path: `${OF_PROMPT}${prompt.name}`,
    prompt,
    named: undefined,
    streamed: false,
    form: undefined,
  };
  countIn(arrived, running);
  const isPost = request.method === 'POST';
  const refusal =
    ambiguity ??
    badFraming(request) ??
    (isPost
      ? undefined
      : new Failure('method_not_allowed', `found ${request.method}, expected POST`));
  if (refusal === undefined) {
    void handlePrompt(arrived, running);
    return;
  }
  if (!isPost) response.setHeader('allow', 'POST');
  arrived.receipt.status = refusal.kind.status;
  refuse(arrived, running, refusal);
}

function receiveForApi(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  found: NonNullable<Found>,
  upgrade: Upgrade | undefined,
  running: Running,
): void {
  const { headers, ambiguity } = tryHeaders(request.rawHeaders, undefined);
  const arrived: ApiArrived = {
    ...arrive(request, response, headers, running),
    dialect: 'http',
    operation: 'api',
    path: found.api.name,
    matched: found,
    upgrade,
    guardedBody: undefined,
  };
  countIn(arrived, running);
  const refusal =
    ambiguity ?? badFraming(request) ?? badTarget(path, found) ?? badMethod(request, found);
  if (refusal === undefined) {
    void handleApi(arrived, running);
    return;
  }
  if (found.allow !== undefined) response.setHeader('allow', found.allow.join(', '));
  arrived.receipt.status = refusal.kind.status;
  refuse(arrived, running, refusal);
}

function badTarget(path: string, { api, query }: Matched): Failure | undefined {
  const doubt = doubtIn(path, api.encodedSlashes);
  if (doubt !== undefined) return new Failure('invalid_request', doubt);
  return isPlainQuery(query)
    ? undefined
    : new Failure('invalid_request', 'found characters in the query that must be percent-encoded');
}

function badMethod(
  { method }: IncomingMessage,
  { allow }: NonNullable<Found>,
): Failure | undefined {
  if (allow === undefined) return undefined;
  return new Failure('method_not_allowed', `found ${method}, expected ${allow.join(', ')}`);
}

/**
 * The target with the path first. A client that takes us for its proxy writes the whole URL (RFC 9112,
 * section 3.2.2), which means the same as long as it names the host that `host` does.
 */
function targetOf({ url = '/', headers }: IncomingMessage): string {
  if (url.startsWith('/')) return url;
  const [, authority, rest] = /^https?:\/\/([^/?#]*)([^#]*)$/i.exec(url) ?? [];
  if (rest === undefined || authority?.toLowerCase() !== headers.host?.toLowerCase()) return url;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** Counts a request as one being handled until its answer has ended, however it ends. */
function countIn(arrived: Arrival, running: Running): void {
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

const NO_HEADERS = readHeaders([]);

/** Google's clients may send their key in the query; it ends here and is written down nowhere. */
function keyIn(search: string, routed: Routed | undefined): string | undefined {
  if (search === '' || routed?.entry.dialect !== 'gemini') return undefined;
  return new URLSearchParams(search).get('key') ?? undefined;
}

function tryHeaders(
  raw: readonly string[],
  key: string | undefined,
): { headers: CallerHeaders; ambiguity?: Failure } {
  try {
    return { headers: readHeaders(raw, key) };
  } catch (error) {
    return { headers: NO_HEADERS, ambiguity: error as Failure };
  }
}

function arrive(
  request: IncomingMessage,
  response: ServerResponse,
  headers: CallerHeaders,
  { clock }: Running,
): Omit<Arrival, 'dialect' | 'operation' | 'path'> {
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
    served: undefined,
  };
}

/** How Mistral's own clients name themselves. */
const MISTRAL_CLIENT = /\bmistral-client-|\bmistralai\b/;

/**
 * Without `alt=sse` Google streams one JSON array (Gemini API reference, "streamGenerateContent").
 * Mistral's path is OpenAI's, and its clients read neither OpenAI's chunks of calls nor its reasoning.
 */
function formOf(
  { url = '', headers }: IncomingMessage,
  routed: Routed | undefined,
): CallerForm | undefined {
  if (routed === undefined) return undefined;
  const { dialect, operation, streamed, path } = routed.entry;
  if (dialect === 'openai-chat' && (operation === 'chat' || operation === 'embeddings')) {
    const isMistral =
      path.startsWith('/mistral/') || MISTRAL_CLIENT.test(headers['user-agent'] ?? '');
    return isMistral ? 'mistral' : undefined;
  }
  if (streamed !== true || dialect !== 'gemini') return undefined;
  return /[?&]alt=sse(?:&|$)/.test(url) ? undefined : 'array';
}

/** One stored response, whatever is wanted of it (OpenAI API reference, "Responses"). */
const STORED_RESPONSE = /\/v1\/responses\/(?!input_tokens$|compact$)./;

/** Every caller of ours has the same key there, so that one could read or remove another's. */
const NOT_HANDED_OUT =
  'the provider keeps responses for all callers of its key, so that single ones are not handed out or removed here; go on from one with previous_response_id';

function badRoute(
  { method = '' }: IncomingMessage,
  routed: Routed | undefined,
  path: string,
): Failure | undefined {
  if (routed === undefined) {
    const why = STORED_RESPONSE.test(path) ? `; ${NOT_HANDED_OUT}` : '';
    return new Failure('not_found', `there is nothing at ${path.slice(0, 200)}${why}`);
  }
  const expected = routed.entry.method;
  if (method === expected) return undefined;
  return new Failure('method_not_allowed', `found ${method}, expected ${expected}`);
}

/** What node:http lets through although two readers could disagree about it. */
function badFraming(request: IncomingMessage): Failure | undefined {
  const coding = request.headers['transfer-encoding'];
  if (request.httpVersionMajor === 1 && request.httpVersionMinor === 0) {
    // RFC 9112, section 6.1: a 1.0 message with Transfer-Encoding has faulty framing.
    return coding === undefined
      ? undefined
      : new Failure('invalid_request', 'found transfer-encoding in an HTTP/1.0 request');
  }
  // RFC 9112, section 6.1: whoever reads on would take coded bytes for the body.
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') {
    return new Failure('invalid_request', 'found a transfer coding besides chunked; send none');
  }
  // RFC 9112, section 3.2: a 1.1 request has one Host, and it is a host (RFC 3986, section 3.2.2).
  const { host } = request.headers;
  return host !== undefined && HOST.test(host)
    ? undefined
    : new Failure('invalid_request', 'found no valid Host header');
}

const HOST = /^(?:[\w.~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/** Answers what node:http cannot parse, before there is a request to speak of. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  // Behind a pipelined request whose answer has begun, a second head would become part of it.
  const answering = (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage;
  if (!socket.writable || answering?.headersSent === true) {
    socket.destroy();
    return;
  }
  const code: FailureCode =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'headers_too_large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'request_timeout'
        : 'invalid_request';
  const { status, meaning } = failureKinds[code];
  const requestId = newRequestId();
  const body = wires['openai-chat'].writeFailure({ code, status, message: meaning, requestId });
  socket.end(
    `HTTP/1.1 ${status} ${code}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nx-request-id: ${requestId}\r\n` +
      `connection: close\r\n\r\n${body}`,
  );
}
