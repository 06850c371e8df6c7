import type { StreamReader } from '../codec.ts';
import { isJsonObject, objectIn, textIn, valueIn, wordIn } from '../fields.ts';
import { type BlockStart, malformed, type StreamEvent } from '../reply.ts';
import { plainSeal } from '../seal.ts';
import { readJson, unknownUsage } from '../usage.ts';
import { type Frame, FrameReader } from './frames.ts';
import { readCitation } from './reply.ts';
import { readStop } from './stops.ts';
import { readUsage } from './usage.ts';

interface Open {
  readonly block: number;
  readonly kind: BlockStart['kind'];
}

/**
 * Reads a stream of Converse (Amazon Bedrock API reference, "ConverseStreamOutput"). It is whole
 * when both the reason to stop and the metadata have come.
 */
export class ConverseReader implements StreamReader {
  frames = 0;
  #events: StreamEvent[] = [];
  #blocks = 0;
  #hasStopped = false;
  #hasUsage = false;
  /** By the vendor's index. */
  readonly #open = new Map<unknown, Open>();
  /** Indices of what only this vendor has. */
  readonly #foreign = new Set<unknown>();
  readonly #origin: string;
  readonly #frames = new FrameReader();

  constructor(origin: string) {
    this.#origin = origin;
  }

  push(chunk: Buffer): readonly StreamEvent[] {
    for (const frame of this.#frames.push(chunk)) {
      this.frames += 1;
      this.#frame(frame);
    }
    return this.#taken();
  }

  end(): readonly StreamEvent[] {
    if (this.#frames.isInside) this.#events.push(malformed);
    return this.#taken();
  }

  #taken(): readonly StreamEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #frame(frame: Frame | undefined): void {
    const payload = frame === undefined ? undefined : readJson(frame.payload.toString());
    const type = frame?.headers.get(':message-type');
    if (frame !== undefined && type !== undefined && type !== 'event') {
      const { headers } = frame;
      const kind = headers.get(':exception-type') ?? headers.get(':error-code') ?? type;
      const message = textIn(payload, 'message') ?? headers.get(':error-message');
      const text = message ?? 'the provider told an error';
      this.#events.push({ type: 'failure', kind, message: text });
    } else if (isJsonObject(payload)) this.#event(frame?.headers.get(':event-type'), payload);
    else this.#events.push(malformed);
  }

  #event(type: string | undefined, event: object): void {
    const index = valueIn(event, 'contentBlockIndex');
    switch (type) {
      case 'messageStart':
        this.#events.push({ type: 'start', id: undefined, model: undefined });
        return;
      case 'contentBlockStart':
        return this.#start(index, objectIn(event, 'start'));
      case 'contentBlockDelta':
        return this.#delta(index, objectIn(event, 'delta'));
      case 'contentBlockStop':
        return this.#close(index);
      case 'messageStop': {
        for (const open of this.#open.keys()) this.#close(open);
        const more = valueIn(event, 'additionalModelResponseFields');
        const stop = readStop(wordIn(event, 'stopReason'), more);
        this.#events.push({ type: 'stop', choice: 0, stop });
        this.#hasStopped = true;
        return this.#mayFinish();
      }
      case 'metadata': {
        const usage = readUsage(event);
        if (usage !== unknownUsage) this.#events.push({ type: 'usage', usage });
        this.#hasUsage = true;
        return this.#mayFinish();
      }
      default:
    }
  }

  #mayFinish(): void {
    if (this.#hasStopped && this.#hasUsage) this.#events.push({ type: 'finish' });
  }

  /** Text and reasoning begin without a word. */
  #start(index: unknown, start: unknown): void {
    const use = objectIn(start, 'toolUse');
    const name = textIn(use, 'name');
    if (use === undefined || name === undefined || textIn(use, 'type') === 'server_tool_use') {
      this.#foreign.add(index);
      const [kind = 'nothing'] = isJsonObject(start) ? Object.keys(start) : [];
      this.#events.push({ type: 'foreign', kind: textIn(use, 'type') ?? kind });
      return;
    }
    this.#begin(index, 'tool-call', { id: wordIn(use, 'toolUseId'), name });
  }

  #delta(index: unknown, delta: unknown): void {
    if (this.#foreign.has(index)) return;
    const text = textIn(delta, 'text');
    if (text !== undefined) this.#say(index, 'text', text);
    const reasoning = objectIn(delta, 'reasoningContent');
    if (reasoning !== undefined) this.#reason(index, reasoning);
    const input = textIn(objectIn(delta, 'toolUse'), 'input');
    const call = this.#open.get(index);
    if (input !== undefined && input !== '' && call?.kind === 'tool-call') {
      this.#events.push({ type: 'delta', block: call.block, text: input });
    }
    const cited = objectIn(delta, 'citation');
    if (cited !== undefined) {
      const block = this.#blockOf(index, 'text');
      this.#events.push({ type: 'citation', block, citation: readCitation(cited) });
    }
  }

  #reason(index: unknown, reasoning: unknown): void {
    const isNew = this.#open.get(index)?.kind !== 'reasoning';
    const block = this.#blockOf(index, 'reasoning');
    const origin = this.#origin;
    if (isNew) this.#events.push({ type: 'seal', block, seal: plainSeal(origin) });
    const text = textIn(reasoning, 'text');
    if (text !== undefined && text !== '') this.#events.push({ type: 'delta', block, text });
    const signature = wordIn(reasoning, 'signature');
    if (signature !== undefined) {
      this.#events.push({ type: 'seal', block, seal: { origin, data: signature } });
    }
    const data = wordIn(reasoning, 'redactedContent');
    if (data !== undefined) {
      this.#events.push({ type: 'seal', block, seal: { origin, data, isContent: true } });
    }
  }

  /** Some models say nothing, and even that in a block of its own. */
  #say(index: unknown, kind: 'text' | 'reasoning', text: string): void {
    if (text === '') return;
    this.#events.push({ type: 'delta', block: this.#blockOf(index, kind), text });
  }

  #blockOf(index: unknown, kind: 'text' | 'reasoning'): number {
    const open = this.#open.get(index);
    if (open?.kind === kind) return open.block;
    this.#close(index);
    return this.#begin(index, kind);
  }

  #begin(index: unknown, kind: BlockStart['kind'], more: Partial<BlockStart> = {}): number {
    const block = this.#blocks++;
    this.#open.set(index, { block, kind });
    this.#events.push({ type: 'block-start', block, choice: 0, kind, ...more });
    return block;
  }

  #close(index: unknown): void {
    const open = this.#open.get(index);
    this.#foreign.delete(index);
    if (open === undefined) return;
    this.#open.delete(index);
    this.#events.push({ type: 'block-end', block: open.block });
  }
}
