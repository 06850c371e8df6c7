import type { ProviderDialect } from './codec.ts';
import { codecs } from './codecs.ts';
import { AnswerError } from './errors.ts';
import { EventWatch } from './event-watch.ts';
import type { StreamEvent } from './reply.ts';

/** Of a longer answer nothing is said: it is not worth the memory. */
const LONGEST = 1024 * 1024;

/**
 * Whether a whole answer that was to be JSON is. Undefined where that cannot be said: it called a
 * tool, refused, or was cut by a limit the caller set.
 */
export function isStructured(dialect: ProviderDialect, body: string): boolean | undefined {
  if (body.length > LONGEST) return undefined;
  try {
    const [choice] = codecs[dialect].readReply(body, dialect).choices;
    if (choice?.stop.reason !== 'end') return undefined;
    const texts = choice.blocks.flatMap((block) => (block.kind === 'text' ? [block.text] : []));
    return isJson(texts.join(''));
  } catch (error) {
    if (error instanceof AnswerError) return undefined;
    throw error;
  }
}

/** Reads along in a stream that was to be JSON. */
export class StructuredText {
  readonly #blocks = new Set<number>();
  #text = '';
  #isEnd = false;

  see(event: StreamEvent): void {
    if (event.type === 'block-start' && event.kind === 'text' && event.choice === 0) {
      this.#blocks.add(event.block);
    } else if (event.type === 'delta' && this.#blocks.has(event.block)) {
      if (this.#text.length <= LONGEST) this.#text += event.text;
    } else if (event.type === 'stop' && event.choice === 0) {
      this.#isEnd = event.stop.reason === 'end';
    }
  }

  /** As for a whole answer; to be asked when the stream is over. */
  get isStructured(): boolean | undefined {
    return this.#isEnd && this.#text.length <= LONGEST ? isJson(this.#text) : undefined;
  }
}

/** A watch for a stream that passes as it is, and is to be JSON. */
export function structuredWatch(dialect: ProviderDialect, text: StructuredText): EventWatch {
  return new EventWatch(codecs[dialect].readStream(dialect), (event) => text.see(event));
}

function isJson(text: string): boolean | undefined {
  if (text === '') return undefined;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
