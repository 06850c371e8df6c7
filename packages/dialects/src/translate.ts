import type { Addressee, Asked, Codec, DialectName, Speaker } from './codec.ts';
import { codecs } from './codecs.ts';
import type { Intent } from './intent.ts';
import { Losses } from './losses.ts';
import { type SentNames, withoutOrphans, withSentNames } from './names.ts';
import type { Reply, StreamEvent } from './reply.ts';

/** One request, on its way from a caller's dialect to a provider's, and the answer's way back. */
export interface Translation {
  /** The provider's request, JSON. */
  readonly body: string;
  readonly losses: Losses;
  /**
   * A whole answer in the caller's dialect, JSON.
   *
   * @throws {AnswerError} when the provider's is none
   */
  answer(text: string): string;
  stream(): StreamTranslator;
  /** Content type of a streamed answer. */
  readonly streamType: string;
}

/** Turns the bytes of one streamed answer into the caller's, piece by piece. */
export interface StreamTranslator {
  push(chunk: Buffer): string;
  /** What is left when the provider's body has ended. */
  end(): string;
}

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
  to: DialectName,
  addressee: Addressee,
  speaker: Omit<Speaker, 'losses' | 'showUsage'>,
): Translation {
  const losses = new Losses();
  const codec = codecs[to];
  const { intent, names } = withSentNames(withoutOrphans(asked, losses), codec.toolName);
  const { body } = codec.writeRequest(intent, addressee, losses);
  const caller = codecs[asked.from];
  const as: Speaker = { ...speaker, losses, showUsage: asked.showUsage };
  return {
    body,
    losses,
    answer: (text) =>
      caller.writeReply(withOldNames(codec.readReply(text, addressee.origin), names), as),
    stream: () => new Translator(codec, caller, addressee.origin, as, names),
    streamType: caller.streamType,
  };
}

class Translator implements StreamTranslator {
  readonly #reader: ReturnType<Codec['readStream']>;
  readonly #writer: ReturnType<Codec['writeStream']>;
  readonly #names: SentNames;

  constructor(from: Codec, to: Codec, origin: string, as: Speaker, names: SentNames) {
    this.#reader = from.readStream(origin);
    this.#writer = to.writeStream(as);
    this.#names = names;
  }

  push(chunk: Buffer): string {
    return this.#written(this.#reader.push(chunk));
  }

  end(): string {
    return this.#written(this.#reader.end());
  }

  #written(events: readonly StreamEvent[]): string {
    let text = '';
    for (const event of events) text += this.#writer.write(this.#named(event));
    return text;
  }

  #named(event: StreamEvent): StreamEvent {
    if (this.#names.size === 0 || event.type !== 'block-start') return event;
    const { name } = event;
    return name === undefined ? event : { ...event, name: this.#names.get(name) ?? name };
  }
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
