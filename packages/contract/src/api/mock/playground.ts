import type { Body } from '../endpoints.ts';
import type { PlayEvent } from '../playground.ts';

const WORDS = 'Hello! Bonjour! Guten Tag! This answer is made up, for there is no gateway here.';
const PIECE_MS = 40;

/** The frame that holds a text, by the path of the dialect, in a stream and whole. */
const frames: readonly [path: RegExp, frame: (text: string, isWhole: boolean) => unknown][] = [
  [/^\/v1\/responses/, (text, isWhole) => (isWhole ? responsesOf(text) : deltaOf(text))],
  [
    /^\/v1\/messages/,
    (text, isWhole) =>
      isWhole
        ? { type: 'message', role: 'assistant', content: [{ type: 'text', text }] }
        : { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
  ],
  [/^\/v1beta\//, (text) => ({ candidates: [{ content: { role: 'model', parts: [{ text }] } }] })],
  [/^\/api\/chat/, (content) => ({ message: { role: 'assistant', content } })],
];
const chatOf = (content: string, isWhole: boolean) => ({
  choices: [{ index: 0, [isWhole ? 'message' : 'delta']: { content } }],
});
const deltaOf = (delta: string) => ({ type: 'response.output_text.delta', delta });
const responsesOf = (text: string) => ({
  output: [{ type: 'message', content: [{ type: 'output_text', text }] }],
});

/** `POST /api/playground` of the mock: an answer that comes word by word, in the dialect's frames. */
export function playStream(
  { path, body }: Body<'POST /api/playground'>,
  every: (ms: number, run: () => void) => () => void,
  signal: AbortSignal | null | undefined,
): Response {
  const isLines = path.startsWith('/api/');
  const isWhole = !path.includes(':stream') && !/"stream":\s*true/.test(body);
  const frame = frames.find(([own]) => own.test(path))?.[1] ?? chatOf;
  const written = (text: string): string => {
    const json = JSON.stringify(frame(text, isWhole));
    return isWhole ? json : isLines ? `${json}\n` : `data: ${json}\n\n`;
  };
  const texts = (isWhole ? [WORDS] : (WORDS.match(/\S+\s*/g) ?? [])).map(written);
  const bytes = texts.join('').length;
  const type = isWhole
    ? 'application/json'
    : isLines
      ? 'application/x-ndjson'
      : 'text/event-stream';
  const encoder = new TextEncoder();
  let stop = (): void => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const tell = ({ name, data }: PlayEvent) =>
        controller.enqueue(encoder.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
      tell({ name: 'head', data: { status: 200, headers: { 'content-type': type } } });
      let told = 0;
      stop = every(PIECE_MS, () => {
        const text = texts[told];
        told += 1;
        const atMs = told * PIECE_MS;
        if (text !== undefined) {
          tell({ name: 'piece', data: { atMs, text } });
          return;
        }
        stop();
        tell({ name: 'end', data: { complete: true, bytes, totalMs: atMs } });
        controller.close();
      });
      signal?.addEventListener('abort', () => {
        stop();
        controller.error(signal.reason);
      });
    },
    cancel: () => stop(),
  });
  return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
}
