import { stampText } from './stamp.ts';

export type BodySize = 'small' | 'large';

const prose =
  'The gateway asks each of its targets how it is, remembers what it saw, and sends a request only ' +
  'where the answer was good. What it saw grows old: an hour of silence proves nothing. ';

const bytesOf: Record<BodySize, number> = { small: 1300, large: 100_000 };

/** A chat request as an OpenAI client writes it, filled up with prose to the size asked for. */
export function chatBody(model: string, size: BodySize, stream: boolean): string {
  const body = (content: string): string =>
    JSON.stringify({
      model,
      stream,
      temperature: 0.7,
      max_tokens: 512,
      messages: [
        { role: 'system', content: 'You answer in one short paragraph.' },
        { role: 'user', content },
      ],
    });
  const room = bytesOf[size] - body('').length;
  return body(prose.repeat(Math.ceil(room / prose.length)).slice(0, room));
}

/** One whole request on a keep-alive connection, ready to be written again and again. */
export function postRequest(
  port: number,
  path: string,
  headers: Record<string, string>,
  body: string,
): Buffer {
  const fields = {
    accept: 'application/json',
    'content-type': 'application/json',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  };
  return Buffer.concat([headOf('POST', path, port, fields), Buffer.from(body)]);
}

/** The head of a request. */
export function headOf(
  method: string,
  path: string,
  port: number,
  headers: Record<string, string>,
): Buffer {
  const fields = { host: `127.0.0.1:${port}`, 'user-agent': 'vitalgate-bench', ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
}

const answerBody = JSON.stringify({
  id: 'chatcmpl-bench0000000000000000000000',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'bench-upstream',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: prose.repeat(2).slice(0, 340), refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 310, completion_tokens: 72, total_tokens: 382 },
  system_fingerprint: 'fp_bench',
});

/** The answer to anything else a gateway may ask, such as a look at the model list. */
export const modelsAnswer: Buffer = jsonAnswer(
  JSON.stringify({ object: 'list', data: [{ id: 'bench-upstream', object: 'model' }] }),
);

const order = {
  id: 'ord_8812',
  placed: '2026-01-01T09:30:00Z',
  customer: { id: 4711, name: 'A. Person', city: 'Lisbon' },
  lines: [1, 2, 3].map((line) => ({ line, sku: `sku-${line}`, count: line, price: line * 12.5 })),
  note: prose.slice(0, 250),
  total: 175,
};

/** One thing of an HTTP API: about 0.7 KB of body. */
export const orderAnswer: Buffer = jsonAnswer(JSON.stringify(order));

/** A page of them: about 10 KB of body. */
export const pageAnswer: Buffer = jsonAnswer(
  JSON.stringify({ orders: Array.from({ length: 16 }, (_, i) => ({ ...order, id: `ord_${i}` })) }),
);

function jsonAnswer(body: string): Buffer {
  return Buffer.from(
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\n' +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** How the upstream answers one dialect. */
export interface Dialect {
  /** The end of the paths it is asked on. */
  readonly path: string;
  /** To a request that is not streamed: about 0.7 KB of body. */
  readonly answer: Buffer;
  /** The head of a stream, and what comes before its first chunk. */
  readonly streamHead: Buffer;
  /** One chunk, with a stamp in it. */
  readonly chunk: Buffer;
}

const head =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n' +
  'cache-control: no-cache\r\nx-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n';

const piece = (event: string): string => `${event.length.toString(16)}\r\n${event}\r\n`;

const chatEvent = `data: ${JSON.stringify({
  id: 'chatcmpl-bench0000000000000000000000',
  object: 'chat.completion.chunk',
  created: 1_767_225_600,
  model: 'bench-upstream',
  system_fingerprint: 'fp_bench',
  choices: [{ index: 0, delta: { content: stampText(0) }, logprobs: null, finish_reason: null }],
})}\n\n`;

/** OpenAI's Chat Completions. */
export const chat: Dialect = {
  path: '/chat/completions',
  answer: jsonAnswer(answerBody),
  streamHead: Buffer.from(head),
  chunk: Buffer.from(piece(chatEvent)),
};

const message = {
  id: 'msg_bench000000000000000000',
  type: 'message',
  role: 'assistant',
  model: 'bench-upstream',
};

const named = (event: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** Anthropic's Messages. */
export const messages: Dialect = {
  path: '/messages',
  answer: jsonAnswer(
    JSON.stringify({
      ...message,
      content: [{ type: 'text', text: prose.repeat(2).slice(0, 340) }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 310, output_tokens: 72 },
    }),
  ),
  streamHead: Buffer.from(
    head +
      piece(
        named({
          type: 'message_start',
          message: {
            ...message,
            content: [],
            stop_reason: null,
            stop_sequence: null,
            usage: { input_tokens: 310, output_tokens: 1 },
          },
        }) +
          named({
            type: 'content_block_start',
            index: 0,
            content_block: { type: 'text', text: '' },
          }),
      ),
  ),
  chunk: Buffer.from(
    piece(
      named({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text: stampText(0) },
      }),
    ),
  ),
};

/** One streamed chunk that carries `micros`. A fresh copy, for the socket may still hold the last. */
export function stampedChunk({ chunk }: Dialect, micros: number): Buffer {
  const copy = Buffer.allocUnsafe(chunk.length);
  chunk.copy(copy);
  copy.write(stampText(micros), chunk.indexOf(stampText(0)), 'latin1');
  return copy;
}
