import type { IncomingMessage, ServerResponse } from 'node:http';
import { Failure } from '@vitalgate/contract';
import type { CallerForm } from '@vitalgate/dialects';
import { ANY_METHOD, type Found, type Matched } from '../apis/match.ts';
import { doubtIn, isPlainQuery } from '../apis/path.ts';
import { DOCUMENT } from '../documents/page.ts';
import { OF_PROMPT, type Prompt } from '../prompts/prompt.ts';
import { endOf } from '../request/ending.ts';
import { refuse } from '../request/refuse.ts';
import type {
  ApiArrived,
  Arrival,
  Arrived,
  DocumentArrived,
  PromptArrived,
} from '../request/exchange.ts';
import { handle, handleApi, handleDocument, handlePrompt } from '../request/pipeline.ts';
import type { Running } from '../running.ts';
import { arrive, countIn, tryHeaders } from './arrival.ts';
import { answerPage } from './document-page.ts';
import { badFraming } from './framing.ts';
import { greet, isGreeted } from './greeting.ts';
import { adviceFor, ownerOf } from './nowhere.ts';
import { routeOf, type Routed } from './routes.ts';
import type { Upgrade } from './upgrade.ts';

const READ = ['GET', 'HEAD'];
const POST = ['POST'];

/** Which of what is served here a request means, and whether it may be handled as that. */
export function receiveCall(
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
  if (forApi !== undefined) receiveForApi(request, response, path, forApi, upgrade, running);
  else if (routed === undefined && isGreeted(request, path, running)) greet(request, response);
  else receiveForModel(request, response, path, search, routed, running);
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
    dialect:
      routed === undefined
        ? (ownerOf(path) ?? headers.dialect ?? 'openai-chat')
        : (routed.entry.dialect ?? headers.dialect ?? 'openai-chat'),
    operation: routed?.entry.operation ?? 'models',
    path: routed?.entry.path ?? '',
    named: routed?.model,
    streamed: routed?.entry.streamed,
    form: formOf(request, routed),
  };
  const refusal = ambiguity ?? badRoute(request, routed, path) ?? badFraming(request);
  goOn(arrived, running, handle, refusal, routed?.entry.method ?? ANY_METHOD.join(', '));
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
  const refusal = ambiguity ?? badFraming(request) ?? badMethod(request, READ);
  goOn(arrived, running, handleDocument, refusal, READ.join(', '));
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
  const refusal = ambiguity ?? badFraming(request) ?? badMethod(request, POST);
  goOn(arrived, running, handlePrompt, refusal, POST.join(', '));
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
  const { allow } = found;
  const refusal =
    ambiguity ??
    badFraming(request) ??
    badTarget(path, found) ??
    (allow === undefined ? undefined : badMethod(request, allow));
  goOn(arrived, running, handleApi, refusal, allow?.join(', '));
}

/** Hands a request on, or answers why not. @param allow methods there are, for one that is none */
function goOn<A extends Arrival>(
  arrived: A,
  running: Running,
  handleIt: (arrived: A, running: Running) => Promise<void>,
  refusal: Failure | undefined,
  allow: string | undefined,
): void {
  countIn(arrived, running);
  if (refusal === undefined) {
    void handleIt(arrived, running);
    return;
  }
  if (refusal.code === 'method_not_allowed' && allow !== undefined) {
    arrived.response.setHeader('allow', allow);
  }
  const { status } = refusal.kind;
  const { id, request, receipt, dialect } = arrived;
  const { method } = request;
  receipt.status = status;
  running.metrics.unhandled(dialect, status, endOf(refusal));
  const address = request.socket.remoteAddress;
  running.refusals.tell({ request: id, status, code: refusal.code, method, address });
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
  { method = '' }: IncomingMessage,
  allowed: readonly string[],
): Failure | undefined {
  if (allowed.includes(method)) return undefined;
  return new Failure('method_not_allowed', `found ${method}, expected ${allowed.join(', ')}`);
}

/** Google's clients may send their key in the query; it ends here and is written down nowhere. */
function keyIn(search: string, routed: Routed | undefined): string | undefined {
  if (search === '' || routed?.entry.dialect !== 'gemini') return undefined;
  return new URLSearchParams(search).get('key') ?? undefined;
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

function badRoute(
  { method = '' }: IncomingMessage,
  routed: Routed | undefined,
  path: string,
): Failure | undefined {
  if (routed === undefined && method === 'CONNECT') {
    return new Failure('method_not_allowed', 'found CONNECT; there are no tunnels through here');
  }
  if (routed === undefined) {
    const advice = adviceFor(path);
    const what = `there is nothing at ${path.slice(0, 200)}`;
    return new Failure('not_found', advice === undefined ? what : `${what}; ${advice}`);
  }
  const expected = routed.entry.method;
  if (method === expected) return undefined;
  return new Failure('method_not_allowed', `found ${method}, expected ${expected}`);
}
