import { isJsonObject, listIn, objectIn, textIn, valueIn, wordIn } from '../fields.ts';
import { tryJson } from '../json.ts';
import { Lines } from '../lines.ts';
import { LineReader } from '../line-reader.ts';
import { readTokens } from '../logprobs.ts';
import { malformed } from '../reply.ts';
import { plainSeal } from '../seal.ts';
import { unknownUsage } from '../usage.ts';
import { foreign } from './reply.ts';
import { readStop } from './stops.ts';
import { readUsage } from './usage.ts';

/**
 * Reads a stream of chat answers, one JSON object a line (Ollama API, `ChatStreamEvent`). The
 * answer to a prompt of `/api/generate` is read alike.
 */
export class OllamaReader extends LineReader {
  #blocks = 0;
  #started = false;
  #hasCalls = false;
  /** Text or reasoning: one at a time. */
  #open: { readonly block: number; readonly kind: 'text' | 'reasoning' } | undefined;
  readonly #origin: string;

  constructor(origin: string) {
    super(Lines);
    this.#origin = origin;
  }

  protected override line(bytes: Buffer, start: number, end: number): void {
    this.#line(bytes.toString('utf8', start, end));
  }

  #line(line: string): void {
    if (line.trim() === '') return;
    const told = tryJson(line);
    if (!isJsonObject(told)) {
      this.emit(malformed);
      return;
    }
    const error = valueIn(told, 'error');
    if (error !== undefined && error !== null) {
      const message = typeof error === 'string' ? error : textIn(error, 'message');
      const text = message ?? 'the provider told an error';
      this.emit({ type: 'failure', kind: 'error', message: text });
      return;
    }
    if (!this.#started) {
      this.#started = true;
      this.emit({ type: 'start', id: undefined, model: wordIn(told, 'model') });
    }
    const message = objectIn(told, 'message');
    this.#say('reasoning', wordIn(message, 'thinking') ?? wordIn(told, 'thinking'));
    this.#say('text', wordIn(message, 'content') ?? wordIn(told, 'response'));
    const tokens = readTokens(listIn(told, 'logprobs'));
    if (tokens.length > 0) this.emit({ type: 'logprobs', choice: 0, tokens });
    for (const call of listIn(message, 'tool_calls')) this.#call(call);
    for (const { type } of foreign(message)) this.emit({ type: 'foreign', kind: type });
    if (told['done'] === true) this.#finish(told);
  }

  #say(kind: 'text' | 'reasoning', text: string | undefined): void {
    if (text === undefined) return;
    if (this.#open?.kind !== kind) {
      this.#close();
      this.#open = { block: this.#blocks++, kind };
      const { block } = this.#open;
      this.emit({ type: 'block-start', block, choice: 0, kind });
      if (kind === 'reasoning') {
        this.emit({ type: 'seal', block, seal: plainSeal(this.#origin) });
      }
    }
    this.emit({ type: 'delta', block: this.#open.block, text });
  }

  #close(): void {
    if (this.#open === undefined) return;
    this.emit({ type: 'block-end', block: this.#open.block });
    this.#open = undefined;
  }

  /** Calls come whole. */
  #call(call: unknown): void {
    const called = objectIn(call, 'function');
    const name = wordIn(called, 'name');
    if (name === undefined) return;
    this.#close();
    this.#hasCalls = true;
    const block = this.#blocks++;
    const id = wordIn(call, 'id');
    const told = valueIn(called, 'arguments') ?? {};
    const text = typeof told === 'string' ? told : JSON.stringify(told);
    this.emit(
      { type: 'block-start', block, choice: 0, kind: 'tool-call', id, name },
      { type: 'delta', block, text },
      { type: 'block-end', block },
    );
  }

  #finish(told: object): void {
    this.#close();
    const usage = readUsage(told);
    if (usage !== unknownUsage) this.emit({ type: 'usage', usage });
    const stop = readStop(wordIn(told, 'done_reason'), this.#hasCalls);
    this.emit({ type: 'stop', choice: 0, stop }, { type: 'finish' });
  }
}
