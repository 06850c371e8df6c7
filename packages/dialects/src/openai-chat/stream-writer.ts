import type { Speaker, StreamWriter } from '../codec.ts';
import type { BlockStart, StreamEvent } from '../reply.ts';
import { mergeUsage, unknownUsage, type Usage } from '../usage.ts';
import { idWithSeal } from '../seal.ts';
import { writeCitation, writeDetail, writeLogprobs, writeThinking } from './reply.ts';
import { writeStop } from './stops.ts';
import { writeUsage } from './usage.ts';

interface Written {
  readonly start: BlockStart;
  /** Of a tool call, among those of its choice. */
  readonly index: number;
  /** Arguments that are held back, for a caller that wants calls whole. */
  text: string;
  hasText: boolean;
}

/** Writes a stream of chat completion chunks. */
export class ChatWriter implements StreamWriter {
  readonly #as: Speaker;
  readonly #blocks = new Map<number, Written>();
  readonly #calls = new Map<number, number>();
  readonly #begun = new Set<number>();
  #id: string;
  #usage: Usage = unknownUsage;
  /** A choice that has stopped and was not told so yet. */
  #stopped: readonly object[] = [];

  constructor(as: Speaker) {
    this.#as = as;
    this.#id = `chatcmpl-${as.id}`;
  }

  write(event: StreamEvent): string {
    switch (event.type) {
      case 'start':
        this.#id = event.id ?? this.#id;
        return '';
      case 'block-start':
        return this.#begin(event);
      case 'delta':
        return this.#delta(event.block, event.text);
      case 'seal':
        return this.#seal(event);
      case 'citation':
        return this.#toBlock(event.block, { annotations: [writeCitation(event.citation)] });
      case 'logprobs':
        return this.#logprobs(event);
      case 'block-end':
        return this.#end(event.block);
      case 'usage':
        this.#usage = mergeUsage(this.#usage, event.usage);
        return '';
      case 'stop':
        return this.#stop(event.choice, writeStop(event.stop));
      case 'foreign':
        this.#as.losses.dropped('answer', `${event.kind} has no form in this dialect`);
        return '';
      case 'ping':
        return ': ping\n\n';
      case 'finish':
        return `${this.#lastUsage()}data: [DONE]\n\n`;
      case 'gap':
      case 'failure':
        return '';
    }
  }

  #begin(start: BlockStart): string {
    const { block, choice, kind } = start;
    const index = this.#calls.get(choice) ?? 0;
    const written = { start, index, text: '', hasText: false };
    this.#blocks.set(block, written);
    if (kind !== 'tool-call') return '';
    this.#calls.set(choice, index + 1);
    return this.#isMistral ? '' : this.#call(written);
  }

  #call({ start: { choice, id, name, seal }, index, text }: Written): string {
    const call = {
      index,
      id: idWithSeal(id ?? `call_${this.#as.id}_${index}`, seal),
      type: 'function',
      function: { name, arguments: text },
    };
    return this.#role(choice) + this.#chunk(choice, { tool_calls: [call] }, null);
  }

  #delta(block: number, text: string): string {
    const written = this.#blocks.get(block);
    if (written === undefined) return '';
    written.hasText = true;
    const { kind } = written.start;
    if (kind === 'text') return this.#toBlock(block, { content: text });
    if (kind === 'refusal') return this.#toBlock(block, { refusal: text });
    if (kind === 'reasoning') {
      const content = [writeThinking(text)];
      return this.#toBlock(block, this.#isMistral ? { content } : { reasoning_content: text });
    }
    if (this.#isMistral) {
      written.text += text;
      return '';
    }
    const call = { index: written.index, function: { arguments: text } };
    return this.#toBlock(block, { tool_calls: [call] });
  }

  #seal({ block, seal }: Extract<StreamEvent, { type: 'seal' }>): string {
    // What is sealed in plain text has no place for it, and its makers do without.
    const isReasoning = this.#blocks.get(block)?.start.kind === 'reasoning';
    return isReasoning && !this.#isMistral
      ? this.#toBlock(block, { reasoning_details: [writeDetail('', seal)] })
      : '';
  }

  /** A tool without arguments has an empty object of them, for clients that parse what came. */
  #end(block: number): string {
    const written = this.#blocks.get(block);
    if (written === undefined || written.start.kind !== 'tool-call') return '';
    const rest = written.hasText ? '' : this.#delta(block, '{}');
    // Mistral sends calls whole, and its clients want a name in every piece of one.
    return this.#isMistral ? this.#call(written) : rest;
  }

  get #isMistral(): boolean {
    return this.#as.form === 'mistral';
  }

  #toBlock(block: number, delta: object): string {
    const choice = this.#blocks.get(block)?.start.choice ?? 0;
    return this.#role(choice) + this.#chunk(choice, delta, null);
  }

  #role(choice: number): string {
    if (this.#begun.has(choice)) return '';
    this.#begun.add(choice);
    return this.#chunk(choice, { role: 'assistant', content: '', refusal: null }, null);
  }

  #chunk(index: number, delta: object, finish_reason: string | null): string {
    return this.#frame([{ index, delta, logprobs: null, finish_reason }], undefined);
  }

  /** In a chunk of their own, which clients add to what came before; Mistral has none. */
  #logprobs({ choice, tokens }: Extract<StreamEvent, { type: 'logprobs' }>): string {
    if (this.#isMistral) return '';
    const told = { index: choice, delta: {}, logprobs: writeLogprobs(tokens), finish_reason: null };
    return this.#role(choice) + this.#frame([told], undefined);
  }

  /** Mistral tells usage in the very chunk that stops, which waits for it. */
  #stop(index: number, reason: string): string {
    const before = this.#role(index);
    if (!this.#isMistral) return before + this.#chunk(index, {}, reason);
    const stopped = this.#stopped.length === 0 ? '' : this.#frame(this.#stopped, undefined);
    this.#stopped = [{ index, delta: { content: '' }, finish_reason: reason }];
    return before + stopped;
  }

  #lastUsage(): string {
    const usage = this.#as.showUsage ? writeUsage(this.#usage) : undefined;
    const isTold = usage !== undefined || this.#stopped.length > 0;
    return isTold ? this.#frame(this.#stopped, usage) : '';
  }

  #frame(choices: readonly object[], usage: object | undefined): string {
    const { created, model } = this.#as;
    const object = 'chat.completion.chunk';
    return `data: ${JSON.stringify({ id: this.#id, object, created, model, choices, usage })}\n\n`;
  }
}
