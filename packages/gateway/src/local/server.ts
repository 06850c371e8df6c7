import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  codecs,
  Losses,
  parseJson,
  readIntent,
  RequestError,
  type Speaker,
  type StreamEvent,
  wires,
} from '@vitalgate/dialects';
import { systemClock } from '@vitalgate/health';
import { type Opened, replyOf, say } from './chat.ts';

const DIALECT = 'openai-chat';
const MOST_BYTES = 32 * 1024 * 1024;
/** Requests that may wait for their turn: the model answers one after the other. */
const MOST_WAITING = 32;

/**
 * A model in Chat Completions, as other local servers have it. The gateway alone calls it, over
 * loopback.
 */
export class LocalServer {
  readonly server: Server;
  readonly #name: string;
  readonly #created = Math.floor(systemClock.wall() / 1000);
  #opened: Opened | undefined;
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(name: string) {
    this.#name = name;
    this.server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        if (error instanceof RequestError) fail(response, 400, error.message);
        else fail(response, 500, error instanceof Error ? error.message : 'the model failed');
      });
    });
  }

  /** From now on it answers; before, it says that it is loading. */
  open(opened: Opened): void {
    this.#opened = opened;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const opened = this.#opened;
    // Llama.cpp's own server says so too (its README, "GET /health").
    if (opened === undefined) return fail(response, 503, 'the model is loading', 1);
    const { method, url } = request;
    if (method === 'GET' && url === '/v1/models') return this.#list(response);
    if (method !== 'POST' || url !== '/v1/chat/completions') {
      return fail(response, 404, `found no ${method} ${url}; expected POST /v1/chat/completions`);
    }
    // Pages in a browser may send other types to any address without asking.
    if (request.headers['content-type']?.startsWith('application/json') !== true) {
      return fail(response, 415, 'expected application/json');
    }
    const body = await readBody(request);
    if (body === undefined) return fail(response, 413, `expected at most ${MOST_BYTES} bytes`);
    if (this.#waiting >= MOST_WAITING) return fail(response, 503, 'too many wait already', 1);
    this.#waiting += 1;
    const before = this.#turn;
    const done = Promise.withResolvers<void>();
    this.#turn = done.promise;
    try {
      await before;
      if (!response.destroyed) await this.#speak(opened, body, response);
    } finally {
      this.#waiting -= 1;
      done.resolve();
    }
  }

  #list(response: ServerResponse): void {
    const model = { id: this.#name, object: 'model', created: this.#created };
    answer(response, 200, { object: 'list', data: [{ ...model, owned_by: 'node-llama-cpp' }] });
  }

  async #speak(opened: Opened, body: string, response: ServerResponse): Promise<void> {
    const intent = readIntent(DIALECT, { body: json(body) });
    const left = new AbortController();
    response.on('close', () => left.abort());
    const speaker: Speaker = {
      model: this.#name,
      id: randomUUID().replaceAll('-', ''),
      created: Math.floor(systemClock.wall() / 1000),
      showUsage: intent.showUsage,
      losses: new Losses(),
    };
    if (!intent.stream) {
      const events: StreamEvent[] = [];
      await say(opened, intent, left.signal, (event) => events.push(event));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(codecs[DIALECT].writeReply(replyOf(events, this.#name), speaker));
      return;
    }
    const writer = codecs[DIALECT].writeStream(speaker);
    await say(opened, intent, left.signal, (event) => {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(writer.write(event));
    });
    response.end();
  }
}

function json(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    throw new RequestError('body', body, 'JSON');
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MOST_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}

const codes: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  404: 'not_found',
  413: 'request_too_large',
  415: 'unsupported_media_type',
  503: 'overloaded',
};

/** In OpenAI's form. What has begun as a stream ends without its end. */
function fail(response: ServerResponse, status: number, message: string, retryAfter?: number) {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const code = codes[status] ?? 'internal_error';
  const body = wires[DIALECT].writeFailure({ code, status, message, requestId: '' });
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body);
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
