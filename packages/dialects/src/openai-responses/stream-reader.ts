import { isJsonObject, listIn, objectIn, textIn, valueIn, wordIn } from '../fields.ts';
import { readTokens } from '../logprobs.ts';
import { LineReader } from '../line-reader.ts';
import { malformed, type BlockStart, type ReplyBlock } from '../reply.ts';
import { isObject, SseLines } from '../sse.ts';
import { readJson, unknownUsage } from '../usage.ts';
import { readCitation, readOutput, readSeal } from './reply.ts';
import { readStop } from './stops.ts';
import { readUsage } from './usage.ts';

interface Open {
  readonly block: number;
  readonly kind: BlockStart['kind'];
  hasText: boolean;
  /** Reasoning may come as itself and as a summary: what came first is what is read. */
  source: string | undefined;
}

const BRACKET = 0x5b;

/** Reads a stream of a response (OpenAI API reference, "Streaming events"). */
export class ResponsesReader extends LineReader {
  readonly #origin: string;
  /** By place: an item's, or a part's within it. */
  readonly #open = new Map<string, Open>();
  #blocks = 0;
  #hasCalls = false;
  #hasRefused = false;

  constructor(origin: string) {
    super(SseLines);
    this.#origin = origin;
  }

  protected override line(bytes: Buffer, start: number, end: number): void {
    // OpenRouter ends with the word that ends a chat.
    if (bytes[start] === BRACKET) return;
    if (isObject(bytes, start, end)) this.#event(readJson(bytes.toString('utf8', start, end)));
    else this.emit(malformed);
  }

  #event(event: unknown): void {
    if (!isJsonObject(event)) {
      this.emit(malformed);
      return;
    }
    const type = textIn(event, 'type') ?? '';
    switch (type) {
      case 'response.created': {
        const response = objectIn(event, 'response');
        const id = wordIn(response, 'id');
        this.emit({ type: 'start', id, model: wordIn(response, 'model') });
        return;
      }
      case 'response.output_item.added':
        return this.#itemAdded(event);
      case 'response.output_item.done':
        return this.#itemDone(event);
      case 'response.content_part.added': {
        const kind = partKinds[textIn(objectIn(event, 'part'), 'type') ?? ''];
        if (kind !== undefined) this.#begin(partOf(event), kind);
        return;
      }
      case 'response.content_part.done':
        return this.#end(partOf(event));
      case 'response.output_text.delta':
        this.#delta(this.#begin(partOf(event), 'text'), textIn(event, 'delta'));
        return this.#logprobs(event);
      case 'response.refusal.delta':
        return this.#delta(this.#begin(partOf(event), 'refusal'), textIn(event, 'delta'));
      case 'response.function_call_arguments.delta':
        return this.#delta(this.#open.get(itemOf(event)), textIn(event, 'delta'));
      case 'response.reasoning_text.delta':
      case 'response.reasoning_summary_text.delta':
        return this.#reason(event, type);
      case 'response.reasoning_summary_part.added':
        return this.#nextSummary(event);
      case 'response.output_text.annotation.added': {
        const open = this.#begin(partOf(event), 'text');
        for (const citation of readCitation(valueIn(event, 'annotation')))
          this.emit({ type: 'citation', block: open.block, citation });
        return;
      }
      case 'response.completed':
      case 'response.incomplete':
        return this.#over(objectIn(event, 'response'));
      case 'response.failed':
        return this.#fail(objectIn(objectIn(event, 'response'), 'error'));
      case 'error':
        // Some servers wrap it as errors over HTTP are.
        return this.#fail(objectIn(event, 'error') ?? event);
      default:
    }
  }

  #itemAdded(event: unknown): void {
    const item = objectIn(event, 'item');
    const type = textIn(item, 'type') ?? 'message';
    if (type === 'message') return;
    if (type === 'reasoning') {
      this.#begin(itemOf(event), 'reasoning');
      return;
    }
    if (type !== 'function_call') {
      this.emit({ type: 'foreign', kind: type });
      return;
    }
    this.#hasCalls = true;
    const called = { id: wordIn(item, 'call_id'), name: textIn(item, 'name') ?? '' };
    const open = this.#begin(itemOf(event), 'tool-call', called);
    this.#delta(open, textIn(item, 'arguments'));
  }

  #itemDone(event: unknown): void {
    const place = itemOf(event);
    const item = objectIn(event, 'item');
    let open = this.#open.get(place);
    if (open === undefined && textIn(item, 'type') === 'function_call') {
      // Told whole, without having begun.
      this.#itemAdded(event);
      open = this.#open.get(place);
    }
    if (open === undefined) return;
    if (open.kind === 'tool-call' && !open.hasText) this.#delta(open, textIn(item, 'arguments'));
    if (open.kind === 'reasoning') {
      const seal = readSeal(item, this.#origin);
      this.emit({ type: 'seal', block: open.block, seal });
    }
    this.#end(place);
  }

  #reason(event: unknown, source: string): void {
    const open = this.#begin(itemOf(event), 'reasoning');
    open.source ??= source;
    if (open.source === source) this.#delta(open, textIn(event, 'delta'));
  }

  /** Parts of a summary are paragraphs. */
  #nextSummary(event: unknown): void {
    const open = this.#open.get(itemOf(event));
    if (open?.hasText === true && open.source !== 'response.reasoning_text.delta')
      this.#delta(open, '\n\n');
  }

  #begin(place: string, kind: BlockStart['kind'], called: Called = {}): Open {
    const known = this.#open.get(place);
    if (known !== undefined) return known;
    const open: Open = { block: this.#blocks, kind, hasText: false, source: undefined };
    this.#blocks += 1;
    this.#open.set(place, open);
    this.emit({ type: 'block-start', block: open.block, choice: 0, kind, ...called });
    return open;
  }

  #delta(open: Open | undefined, text: string | undefined): void {
    if (open === undefined || text === undefined || text === '') return;
    open.hasText = true;
    if (open.kind === 'refusal') this.#hasRefused = true;
    this.emit({ type: 'delta', block: open.block, text });
  }

  #logprobs(event: unknown): void {
    const tokens = readTokens(listIn(event, 'logprobs'));
    if (tokens.length > 0) this.emit({ type: 'logprobs', choice: 0, tokens });
  }

  #end(place: string): void {
    const open = this.#open.get(place);
    if (open === undefined) return;
    this.#open.delete(place);
    this.emit({ type: 'block-end', block: open.block });
  }

  #over(response: unknown): void {
    for (const place of this.#open.keys()) this.#end(place);
    if (this.#blocks === 0) this.#tellWhole(readOutput(response, this.#origin));
    const usage = readUsage(response);
    if (usage !== unknownUsage) this.emit({ type: 'usage', usage });
    const stop = readStop(response, this.#hasCalls && !this.#hasRefused);
    this.emit({ type: 'stop', choice: 0, stop }, { type: 'finish' });
  }

  /** An answer that came with its last event alone. */
  #tellWhole(blocks: readonly ReplyBlock[]): void {
    for (const [index, block] of blocks.entries()) {
      if (block.kind === 'foreign') continue;
      const isCall = block.kind === 'tool-call';
      const called = isCall ? { id: block.id, name: block.name } : {};
      this.#hasCalls ||= isCall;
      const place = `whole ${index}`;
      const open = this.#begin(place, block.kind, called);
      this.#delta(open, isCall ? block.arguments : block.text);
      if (block.kind === 'reasoning' && block.seal !== undefined)
        this.emit({ type: 'seal', block: open.block, seal: block.seal });
      this.#end(place);
    }
  }

  #fail(error: unknown): void {
    const kind = wordIn(error, 'code') ?? wordIn(error, 'type') ?? 'error';
    const message = textIn(error, 'message') ?? 'the provider told an error';
    this.emit({ type: 'failure', kind, message });
  }
}

interface Called {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

const partKinds: Readonly<Record<string, 'text' | 'refusal'>> = {
  output_text: 'text',
  refusal: 'refusal',
};

/** Items are told apart by their place; ids change on the way at some servers. */
const itemOf = (event: unknown): string =>
  placeIn(event, 'output_index') ?? textIn(event, 'item_id') ?? '0';

const partOf = (event: unknown): string =>
  `${itemOf(event)}.${placeIn(event, 'content_index') ?? '0'}`;

function placeIn(event: unknown, name: string): string | undefined {
  const place = valueIn(event, name);
  return typeof place === 'number' ? String(place) : undefined;
}
