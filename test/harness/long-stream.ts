/** Providers that say as much as is wanted, as fast as it is taken, in any dialect. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';

/** Stands in every piece once, in no frame around it, and is written the same in all of JSON. */
export const MARK = '@';

/** A piece of text as a model gives it, in many letters; some of two, three and four bytes. */
const PIECE = `${MARK} Grüße — so says the keeper of the light 👋 and counts the ships, one by one. `;

/** Bytes written at once. */
const CUT = 16_381;

interface LongStream {
  readonly type: string;
  readonly before: readonly (string | Buffer)[];
  readonly piece: string | Buffer;
  readonly after: readonly (string | Buffer)[];
}

const event = (data: object | string): string =>
  `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

const named = (data: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${data.type}\n${event(data)}`;

const line = (data: object): string => `${JSON.stringify(data)}\n`;

const chunk = (delta: object, finish_reason: string | null = null) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason }],
});

/** A frame of `application/vnd.amazon.eventstream`. */
function frame(name: string, payload: object): Buffer {
  const field = (key: string, value: string) => [
    Buffer.of(key.length),
    Buffer.from(key),
    Buffer.of(7, 0, value.length),
    Buffer.from(value),
  ];
  const headers = Buffer.concat([
    ...field(':event-type', name),
    ...field(':content-type', 'application/json'),
    ...field(':message-type', 'event'),
  ]);
  const body = Buffer.from(JSON.stringify(payload));
  const bytes = Buffer.alloc(16 + headers.length + body.length);
  bytes.writeUInt32BE(bytes.length);
  bytes.writeUInt32BE(headers.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  headers.copy(bytes, 12);
  body.copy(bytes, 12 + headers.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

const candidate = (text: string, more: object = {}) => ({
  candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0, ...more }],
});

export const longStreams = {
  'openai-chat': {
    type: 'text/event-stream',
    before: [event(chunk({ role: 'assistant', content: '' }))],
    piece: event(chunk({ content: PIECE })),
    after: [event(chunk({}, 'stop')), event('[DONE]')],
  },
  anthropic: {
    type: 'text/event-stream',
    before: [
      {
        type: 'message_start',
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: 'm',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 4, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ].map(named),
    piece: named({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: PIECE },
    }),
    after: [
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 5 },
      },
      { type: 'message_stop' },
    ].map(named),
  },
  gemini: {
    type: 'text/event-stream',
    before: [],
    piece: event(candidate(PIECE)),
    after: [event(candidate('', { finishReason: 'STOP' }))],
  },
  bedrock: {
    type: 'application/vnd.amazon.eventstream',
    before: [frame('messageStart', { role: 'assistant' })],
    piece: frame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: PIECE } }),
    after: [
      frame('contentBlockStop', { contentBlockIndex: 0 }),
      frame('messageStop', { stopReason: 'end_turn' }),
      frame('metadata', { usage: { inputTokens: 7, outputTokens: 5, totalTokens: 12 } }),
    ],
  },
  ollama: {
    type: 'application/x-ndjson',
    before: [],
    piece: line({ model: 'm', message: { role: 'assistant', content: PIECE }, done: false }),
    after: [
      line({
        model: 'm',
        message: { role: 'assistant', content: '' },
        done: true,
        done_reason: 'stop',
      }),
    ],
  },
} satisfies Record<string, LongStream>;

/** Says `pieces` of them, cut anywhere, and no more than somebody takes. */
export async function sayLong(
  response: ServerResponse,
  stream: LongStream,
  pieces: number,
  onSent: (bytes: number) => void = () => {},
): Promise<void> {
  response.writeHead(200, { 'content-type': stream.type });
  const said = Readable.from(parts(stream, pieces, onSent), { objectMode: false });
  // Whoever hung up has been answered enough.
  await pipeline(said, response).catch(() => {});
}

function* parts(
  { before, piece, after }: LongStream,
  pieces: number,
  onSent: (bytes: number) => void,
): Generator<Buffer> {
  yield Buffer.concat(before.map((one) => Buffer.from(one)));
  const one = Buffer.from(piece);
  const many = Buffer.concat(Array.from({ length: Math.ceil(CUT / one.length) + 1 }, () => one));
  // Cuts fall elsewhere in each piece.
  for (let left = pieces * one.length, at = 0; left > 0;) {
    const part = many.subarray(at, at + Math.min(CUT, left));
    onSent(part.length);
    yield part;
    left -= part.length;
    at = (at + part.length) % one.length;
  }
  yield Buffer.concat(after.map((last) => Buffer.from(last)));
}
