import { isJsonObject, objectIn, textIn, valueIn, wordIn } from '../fields.ts';
import { LineReader } from '../line-reader.ts';
import { type BlockStart, malformed } from '../reply.ts';
import { plainSeal } from '../seal.ts';
import { SseLines } from '../sse.ts';
import { readJson, unknownUsage } from '../usage.ts';
import { readCitation } from './reply.ts';
import { isFailure, readStop } from './stops.ts';
import { readUsage } from './usage.ts';

/** Blocks by what they are and the vendor's index: content and calls are counted apart. */
type Key = `content ${number}` | `call ${number}` | 'plan';

/** Reads a stream of Cohere's chat (Cohere API reference, "Chat API (v2) with streaming"). */
export class CohereReader extends LineReader {
  #blocks = 0;
  readonly #open = new Map<Key, number>();
  readonly #origin: string;

  constructor(origin: string) {
    super(SseLines);
    this.#origin = origin;
  }

  protected override line(bytes: Buffer, start: number, end: number): void {
    this.#data(bytes.toString('utf8', start, end));
  }

  #data(line: string): void {
    // It says nothing that `message-end` has not said.
    if (line.trimEnd() === '[DONE]') return;
    const event = readJson(line);
    if (isJsonObject(event)) this.#event(event);
    else this.emit(malformed);
  }

  #event(event: object): void {
    const index = placeIn(event, 'index');
    const delta = objectIn(event, 'delta');
    const message = objectIn(delta, 'message');
    switch (textIn(event, 'type')) {
      case 'message-start':
        this.emit({ type: 'start', id: wordIn(event, 'id'), model: undefined });
        return;
      case 'content-start':
      case 'content-delta':
        return this.#content(`content ${index}`, objectIn(message, 'content'));
      case 'content-end':
        return this.#close(`content ${index}`);
      case 'tool-plan-delta':
        return this.#say('plan', 'text', wordIn(message, 'tool_plan'));
      case 'tool-call-start':
      case 'tool-call-delta':
        return this.#call(`call ${index}`, objectIn(message, 'tool_calls'));
      case 'tool-call-end':
        return this.#close(`call ${index}`);
      case 'citation-start':
        return this.#cite(objectIn(message, 'citations'));
      case 'message-end':
        return this.#end(delta);
      case undefined: {
        // Errors are told as an answer to the whole request would be.
        const text = wordIn(event, 'message') ?? 'the provider told an error';
        this.emit({ type: 'failure', kind: 'error', message: text });
        return;
      }
      default:
    }
  }

  #content(key: Key, content: unknown): void {
    this.#close('plan');
    const thought = textIn(content, 'thinking');
    if (thought === undefined) this.#say(key, 'text', textIn(content, 'text'));
    else this.#say(key, 'reasoning', thought);
  }

  #say(key: Key, kind: 'text' | 'reasoning', text: string | undefined): void {
    if (text === undefined || text === '') return;
    const open = this.#open.get(key);
    const block = open ?? this.#begin(key, kind);
    this.emit({ type: 'delta', block, text });
    if (open === undefined && kind === 'reasoning') {
      this.emit({ type: 'seal', block, seal: plainSeal(this.#origin) });
    }
  }

  #call(key: Key, call: unknown): void {
    const called = objectIn(call, 'function');
    const name = wordIn(called, 'name');
    if (name !== undefined && !this.#open.has(key)) {
      this.#close('plan');
      this.#begin(key, 'tool-call', { id: wordIn(call, 'id'), name });
    }
    const block = this.#open.get(key);
    const text = textIn(called, 'arguments');
    if (block === undefined || text === undefined || text === '') return;
    this.emit({ type: 'delta', block, text });
  }

  /** They come while the content that they are about is still open. */
  #cite(citation: unknown): void {
    const told = `content ${placeIn(citation, 'content_index')}` as const;
    const block = this.#open.get(told) ?? this.#begin(told, 'text');
    for (const one of readCitation(citation)) {
      this.emit({ type: 'citation', block, citation: one });
    }
  }

  #begin(key: Key, kind: BlockStart['kind'], more: Partial<BlockStart> = {}): number {
    const block = this.#blocks++;
    this.#open.set(key, block);
    this.emit({ type: 'block-start', block, choice: 0, kind, ...more });
    return block;
  }

  #close(key: Key): void {
    const block = this.#open.get(key);
    if (block === undefined) return;
    this.#open.delete(key);
    this.emit({ type: 'block-end', block });
  }

  #end(delta: unknown): void {
    const raw = wordIn(delta, 'finish_reason');
    if (isFailure(raw)) {
      const message = wordIn(delta, 'error') ?? 'the provider told an error';
      this.emit({ type: 'failure', kind: String(raw), message });
      return;
    }
    for (const key of this.#open.keys()) this.#close(key);
    const usage = readUsage(delta);
    if (usage !== unknownUsage) this.emit({ type: 'usage', usage });
    this.emit({ type: 'stop', choice: 0, stop: readStop(raw) }, { type: 'finish' });
  }
}

function placeIn(value: unknown, name: string): number {
  const found = valueIn(value, name);
  return typeof found === 'number' ? found : 0;
}
