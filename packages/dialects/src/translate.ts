import type {
  Addressee,
  Asked,
  DialectName,
  ProviderDialect,
  Speaker,
  StreamReader,
  StreamWriter,
} from './codec.ts';
import { codecs } from './codecs.ts';
import { RequestError } from './errors.ts';
import { EventWatch } from './event-watch.ts';
import { refusalText } from './failure.ts';
import type { Intent } from './intent.ts';
import { Losses } from './losses.ts';
import { wires } from './wires.ts';
import type { StructuredText } from './structured.ts';
import { type SentNames, withoutOrphans, withSentNames } from './names.ts';
import type { Reply, StreamEvent } from './reply.ts';
import { type OutStream, TOO_LONG } from './watch.ts';

/** One request, on its way from a caller's dialect to a provider's, and the answer's way back. */
export interface Translation extends Omit<WholeTranslation, 'stream'> {
  /** `text` reads along, where the answer is to be JSON. */
  stream(text?: StructuredText): OutStream;
}

/** One whose answer is never streamed. */
export interface WholeTranslation {
  /** The provider's request, JSON. */
  readonly body: string;
  readonly losses: Losses;
  /**
   * A whole answer in the caller's dialect, JSON.
   *
   * @throws {AnswerError} when the provider's is none
   */
  answer(text: string): string;
  /** A provider's refusal (4xx) in the caller's dialect, JSON. */
  failure(body: string, status: number): Buffer;
  readonly stream?: undefined;
}

/** Codes of refusals that are about something else than the request's words. */
const refusals: Readonly<Record<number, string>> = {
  404: 'model_not_found',
  413: 'request_too_large',
  429: 'rate_limited',
};

/**
 * Reads a caller's request.
 *
 * @throws {RequestError} when it cannot be understood
 */
export function readIntent(dialect: DialectName, asked: Asked): Intent {
  return codecs[dialect].readRequest(asked);
}

/**
 * Says a request to a provider of another dialect.
 *
 * @throws {RequestError} when it asks for what this provider cannot give at all
 */
export function translate(
  asked: Intent,
  to: ProviderDialect,
  addressee: Addressee,
  speaker: Omit<Speaker, 'losses' | 'showUsage' | 'form'>,
): Translation {
  for (const { path, value, needed } of asked.extras) {
    if (needed !== undefined && to !== asked.from) throw new RequestError(path, value, needed);
  }
  const losses = new Losses();
  if (asked.form === 'completions') losses.altered('prompt', 'asked as a message of the user');
  const codec = codecs[to];
  const { intent, names } = withSentNames(withoutOrphans(asked, losses), codec.toolName);
  const { body } = codec.writeRequest(intent, addressee, losses);
  const caller = codecs[asked.from];
  const { showUsage, form } = asked;
  const as: Speaker = { ...speaker, losses, showUsage, form };
  return {
    body,
    losses,
    answer: (text) =>
      caller.writeReply(withOldNames(codec.readReply(text, addressee.origin), names), as),
    failure: (text, status) => refused(asked.from, text, status, speaker.id),
    stream: (text) =>
      new TranslatedStream(codec.readStream(addressee.origin), caller.writeStream(as), names, text),
  };
}

/** What a provider refused, told in the caller's dialect. */
export function refused(
  dialect: DialectName,
  body: string,
  status: number,
  requestId: string,
): Buffer {
  const message = refusalText(body) ?? 'the provider refused the request';
  const code = refusals[status] ?? 'invalid_request';
  return Buffer.from(wires[dialect].writeFailure({ code, status, message, requestId }));
}

/**
 * Characters that may be kept of one streamed answer: arguments that the caller's dialect tells
 * whole, blocks that wait for their turn, a text that is said once more at the end.
 */
const MOST_KEPT = 16 * 1024 * 1024;

/**
 * One streamed answer, watched as it comes and turned into the caller's dialect piece by piece.
 * What is written are whole frames, however the provider's were cut.
 */
class TranslatedStream extends EventWatch implements OutStream {
  readonly #out: { written: (string | Buffer)[]; kept: number };

  constructor(
    reader: StreamReader,
    writer: StreamWriter,
    names: SentNames,
    text: StructuredText | undefined,
  ) {
    const out: { written: (string | Buffer)[]; kept: number } = { written: [], kept: 0 };
    super(reader, (event) => {
      text?.see(event);
      const piece = writer.write(named(event, names));
      if (piece.length > 0) out.written.push(piece);
      if (event.type === 'logprobs' && writer.keepsAll === true) {
        out.kept += event.tokens.length * LOGPROB_LENGTH;
      }
      if (event.type !== 'delta') return;
      if (piece.length === 0 || writer.keepsAll === true) out.kept += event.text.length;
    });
    this.#out = out;
    this.needsAll = true;
  }

  override push(chunk: Buffer): void {
    super.push(chunk);
    if (this.#out.kept > MOST_KEPT) this.failed ??= { type: TOO_LONG };
  }

  take(): Buffer {
    const { written } = this.#out;
    this.#out.written = [];
    const [first] = written;
    if (first === undefined) return EMPTY;
    if (written.every((piece) => typeof piece === 'string')) return Buffer.from(written.join(''));
    return Buffer.concat(written.map((piece) => Buffer.from(piece)));
  }
}

/** About what one token takes with what else it might have been. */
const LOGPROB_LENGTH = 500;

const EMPTY: Buffer = Buffer.alloc(0);

function named(event: StreamEvent, names: SentNames): StreamEvent {
  if (names.size === 0 || event.type !== 'block-start') return event;
  const { name } = event;
  return name === undefined ? event : { ...event, name: names.get(name) ?? name };
}

function withOldNames(reply: Reply, names: SentNames): Reply {
  if (names.size === 0) return reply;
  const choices = reply.choices.map((choice) => ({
    ...choice,
    blocks: choice.blocks.map((block) =>
      block.kind === 'tool-call' ? { ...block, name: names.get(block.name) ?? block.name } : block,
    ),
  }));
  return { ...reply, choices };
}
