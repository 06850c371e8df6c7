import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request that a scripted provider received. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Resolves when the caller's connection closes before the answer was finished. */
  readonly left: Promise<void>;
}

export type Script = (received: Received, response: ServerResponse) => void | Promise<void>;

/** A provider whose every byte a test decides. */
export class Upstream {
  readonly name: string;
  readonly received: Received[] = [];
  script: Script;
  readonly #server: Server;
  #port = 0;
  readonly #waiting: ((received: Received) => void)[] = [];

  private constructor(name: string, script: Script) {
    this.name = name;
    this.script = script;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(name: string, script: Script): Promise<Upstream> {
    const upstream = await Upstream.shared(name, script);
    onTestFinished(() => upstream.close());
    return upstream;
  }

  /** For all tests of a file: `close` is to be called after the last. */
  static async shared(name: string, script: Script): Promise<Upstream> {
    const upstream = new Upstream(name, script);
    await upstream.listen();
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Model calls only: the free looks at the list of models are left out. */
  get calls(): Received[] {
    return this.received.filter(({ method }) => method === 'POST');
  }

  /** The next model call. */
  nextCall(): Promise<Received> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Listens, on the same port as before. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Dies: connections are reset and new ones refused. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const left = new Promise<void>((resolve) => {
      response.on('close', () => {
        if (!response.writableFinished) resolve();
      });
    });
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const received: Received = {
      method: request.method ?? '',
      path: request.url ?? '',
      rawHeaders: request.rawHeaders,
      headers: request.headers,
      body: Buffer.concat(chunks),
      left,
    };
    this.received.push(received);
    if (received.method === 'GET') return answerJson(response, 200, { object: 'list', data: [] });
    this.#waiting.shift()?.(received);
    return this.script(received, response);
  }
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

export const chatAnswer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'upstream-model',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: {
    prompt_tokens: 7,
    completion_tokens: 5,
    total_tokens: 12,
    prompt_tokens_details: { cached_tokens: 2 },
    completion_tokens_details: { reasoning_tokens: 1 },
  },
};

export const chatEvents: readonly string[] = [
  'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n',
  'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Grüße 👋"},"finish_reason":null}]}\n\n',
  'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
  'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}\n\n',
  'data: [DONE]\n\n',
];

export const messageAnswer = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'upstream-model',
  content: [{ type: 'text', text: 'hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 4, cache_read_input_tokens: 3, output_tokens: 5 },
};

export const messageEvents: readonly string[] = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":4,"cache_read_input_tokens":3,"output_tokens":1}}}\n\n',
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüße 👋"}}\n\n',
  'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
];

const embeddingAnswer = {
  object: 'list',
  model: 'upstream-model',
  data: [{ object: 'embedding', index: 0, embedding: [0.5] }],
  usage: { prompt_tokens: 7, total_tokens: 7 },
};

function answerTo(path: string): object {
  if (path.endsWith('/completions')) return chatAnswer;
  if (path.endsWith('/embeddings')) return embeddingAnswer;
  return path.endsWith('/count_tokens') ? { input_tokens: 7 } : messageAnswer;
}

/** Answers well in the dialect of the path, streamed if asked. */
export const answerWell: Script = ({ path, body }, response) => {
  const isChat = path.endsWith('/chat/completions');
  if (!body.includes('"stream":true')) {
    answerJson(response, 200, answerTo(path));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of isChat ? chatEvents : messageEvents) response.write(event);
  response.end();
};
