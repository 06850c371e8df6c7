import { isJsonObject, objectIn, textIn, valueIn } from '../fields.ts';
import { LineReader } from '../line-reader.ts';
import { malformed } from '../reply.ts';
import { SseLines } from '../sse.ts';
import { readJson, unknownUsage } from '../usage.ts';
import { readCitation } from './reply.ts';
import { readStop } from './stops.ts';
import { readUsage } from './usage.ts';

const kinds: Readonly<Record<string, 'text' | 'reasoning' | 'tool-call'>> = {
  text: 'text',
  thinking: 'reasoning',
  redacted_thinking: 'reasoning',
  tool_use: 'tool-call',
};

/** Reads a stream of message events (Anthropic API reference, "Streaming messages"). */
export class MessagesReader extends LineReader {
  /** Blocks by the vendor's index; those that only Anthropic has are missing. */
  readonly #open = new Set<number>();
  /** Arguments of calls that were told as they began, unless more of them comes. */
  readonly #inputs = new Map<number, string>();
  readonly #origin: string;

  constructor(origin: string) {
    super(SseLines);
    this.#origin = origin;
  }

  protected override line(bytes: Buffer, start: number, end: number): void {
    this.#event(readJson(bytes.toString('utf8', start, end)));
  }

  #event(event: unknown): void {
    if (!isJsonObject(event)) {
      this.emit(malformed);
      return;
    }
    switch (textIn(event, 'type')) {
      case 'message_start': {
        const message = objectIn(event, 'message');
        const id = textIn(message, 'id');
        this.emit({ type: 'start', id, model: textIn(message, 'model') });
        this.#usage(message);
        return;
      }
      case 'content_block_start':
        return this.#start(event);
      case 'content_block_delta':
        return this.#delta(event);
      case 'content_block_stop': {
        const block = numberIn(event, 'index');
        const text = this.#inputs.get(block);
        this.#inputs.delete(block);
        if (text !== undefined) this.emit({ type: 'delta', block, text });
        if (this.#open.delete(block)) this.emit({ type: 'block-end', block });
        return;
      }
      case 'message_delta':
        return this.#messageDelta(event);
      case 'message_stop':
        this.emit({ type: 'finish' });
        return;
      case 'ping':
        this.emit({ type: 'ping' });
        return;
      case 'error': {
        const error = objectIn(event, 'error');
        const kind = textIn(error, 'type') ?? 'error';
        const message = textIn(error, 'message') ?? 'the provider told an error';
        this.emit({ type: 'failure', kind, message });
        return;
      }
      default:
    }
  }

  #start(event: unknown): void {
    const block = numberIn(event, 'index');
    const started = objectIn(event, 'content_block');
    const type = textIn(started, 'type') ?? 'nothing';
    const kind = kinds[type];
    if (kind === undefined) {
      this.emit({ type: 'foreign', kind: type });
      return;
    }
    this.#open.add(block);
    const id = textIn(started, 'id');
    const name = textIn(started, 'name');
    this.emit({ type: 'block-start', block, choice: 0, kind, id, name });
    const text = textIn(started, 'text') ?? textIn(started, 'thinking');
    if (text !== undefined && text !== '') this.emit({ type: 'delta', block, text });
    const input = kind === 'tool-call' ? objectIn(started, 'input') : undefined;
    if (input !== undefined && Object.keys(input).length > 0) {
      this.#inputs.set(block, JSON.stringify(input));
    }
    const data = textIn(started, 'data');
    if (type === 'redacted_thinking' && data !== undefined) {
      const seal = { origin: this.#origin, data, isContent: true };
      this.emit({ type: 'seal', block, seal });
    }
  }

  #delta(event: unknown): void {
    const block = numberIn(event, 'index');
    if (!this.#open.has(block)) return;
    const delta = objectIn(event, 'delta');
    const text =
      textIn(delta, 'text') ?? textIn(delta, 'thinking') ?? textIn(delta, 'partial_json');
    if (text !== undefined) {
      if (text === '') return;
      this.#inputs.delete(block);
      this.emit({ type: 'delta', block, text });
      return;
    }
    const data = textIn(delta, 'signature');
    if (data !== undefined) {
      this.emit({ type: 'seal', block, seal: { origin: this.#origin, data } });
    }
    const citation = objectIn(delta, 'citation');
    if (citation !== undefined) {
      this.emit({ type: 'citation', block, citation: readCitation(citation) });
    }
  }

  #messageDelta(event: unknown): void {
    this.#usage(event);
    const delta = objectIn(event, 'delta');
    const raw = textIn(delta, 'stop_reason');
    if (raw === undefined) return;
    const stop = readStop(raw, textIn(delta, 'stop_sequence'));
    this.emit({ type: 'stop', choice: 0, stop });
  }

  #usage(message: unknown): void {
    const usage = readUsage(message);
    if (usage !== unknownUsage) this.emit({ type: 'usage', usage });
  }
}

function numberIn(value: unknown, name: string): number {
  const found = valueIn(value, name);
  return typeof found === 'number' ? found : -1;
}
