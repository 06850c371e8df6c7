/**
 * Recorded exchanges with real providers, where they are present. Each is given with the bytes that
 * its provider's wire would carry.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const corpus = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));

export interface Recording {
  readonly file: string;
  readonly dialect: string;
  readonly provider: string;
  readonly streamed: boolean;
  readonly status: number;
  readonly contentType: string;
  /** The answer as it would be on the wire. */
  readonly bytes: Buffer;
  /** The answer's JSON, or the JSON of each event of its stream. */
  readonly payloads: readonly unknown[];
  /** The request's JSON; undefined where none was recorded. */
  readonly request: unknown;
  readonly requestPath: string;
  /** Whether the bytes are those of the wire: some sources keep no frames. */
  readonly isAsSent: boolean;
  /** Whether the vendor's own SDK could read the answer. */
  readonly isReadable: boolean;
}

interface RecordedFile {
  readonly request: { readonly body?: unknown; readonly path?: string } | null;
  readonly response: {
    readonly status: number | null;
    readonly headers?: Record<string, string>;
    readonly body?: unknown;
    readonly body_text?: string;
    readonly stream?: {
      readonly format: 'sse' | 'ndjson' | 'data-json-lines' | 'aws-eventstream';
      readonly raw?: string;
      readonly raw_base64?: string;
      readonly events?: readonly unknown[];
    };
  };
}

/** All recordings of some dialects. */
export function recordings(dialects: readonly string[]): readonly Recording[] {
  if (!existsSync(`${corpus}index.jsonl`)) return [];
  return readFileSync(`${corpus}index.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map(
      (line) =>
        JSON.parse(line) as { file: string; dialect: string; provider: string; sdk: string | null },
    )
    .filter(({ dialect }) => dialects.includes(dialect))
    .map(({ file, dialect, provider, sdk }) => {
      const { request, response } = JSON.parse(readFileSync(corpus + file, 'utf8')) as RecordedFile;
      return {
        file,
        dialect,
        provider,
        isReadable: sdk === 'ok',
        isAsSent: response.stream?.format !== 'data-json-lines',
        request: request?.body,
        requestPath: request?.path ?? '',
        status: response.status ?? 200,
        ...answerOf(dialect, response),
      };
    });
}

type Answer = Pick<Recording, 'streamed' | 'contentType' | 'bytes' | 'payloads'>;

function answerOf(dialect: string, response: RecordedFile['response']): Answer {
  const { stream, body, body_text: text } = response;
  const told = response.headers?.['content-type'];
  if (stream === undefined) {
    const bytes = Buffer.from(text ?? JSON.stringify(body));
    return { streamed: false, contentType: told ?? 'application/json', bytes, payloads: [body] };
  }
  const raw = stream.raw ?? '';
  if (stream.format === 'aws-eventstream') {
    const bytes = Buffer.from(stream.raw_base64 ?? '', 'base64');
    const contentType = 'application/vnd.amazon.eventstream';
    return { streamed: true, contentType, bytes, payloads: stream.events ?? [] };
  }
  if (stream.format === 'ndjson') {
    const contentType = told ?? 'application/x-ndjson';
    return { streamed: true, contentType, bytes: Buffer.from(raw), payloads: linesOf(raw) };
  }
  const sse = stream.format === 'sse' ? raw : sseOf(dialect, raw);
  const data = sse.split(/\r?\n/).flatMap((line) => /^data: ?(\{.*)$/.exec(line)?.[1] ?? []);
  const contentType = told ?? 'text/event-stream';
  const payloads = data.map((line) => JSON.parse(line) as unknown);
  return { streamed: true, contentType, bytes: Buffer.from(sse), payloads };
}

const linesOf = (raw: string): unknown[] =>
  raw
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as unknown);

/** One payload a line, as some sources keep streams, with the frames that were around them. */
function sseOf(dialect: string, raw: string): string {
  const isNamed = dialect === 'anthropic-messages' || dialect === 'openai-responses';
  const events = raw
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const { type } = JSON.parse(line) as { type?: string };
      return isNamed && type !== undefined
        ? `event: ${type}\ndata: ${line}\n\n`
        : `data: ${line}\n\n`;
    });
  const hasDone = dialect === 'openai-chat' || dialect === 'mistral-chat';
  return events.join('') + (hasDone ? 'data: [DONE]\n\n' : '');
}
