import type { Speaker, StreamWriter } from '../codec.ts';
import type { BlockStart, StreamEvent } from '../reply.ts';
import { mergeUsage, unknownUsage, type Usage } from '../usage.ts';
import { idWithSeal } from '../seal.ts';
import { writeCitation, writeDetail } from './reply.ts';
import { writeStop } from './stops.ts';
import { writeUsage } from './usage.ts';

interface Written {
  readonly start: BlockStart;
  /** Of a tool call, among those of its choice. */
  readonly index: number;
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
      case 'block-end':
        return this.#end(event.block);
      case 'usage':
        this.#usage = mergeUsage(this.#usage, event.usage);
        return '';
      case 'stop':
        return this.#role(event.choice) + this.#chunk(event.choice, {}, writeStop(event.stop));
      case 'foreign':
        this.#as.losses.dropped('answer', `${event.kind} has no form in this dialect`);
        return '';
      case 'ping':
        return ': ping\n\n';
      case 'finish':
        return `${this.#lastUsage()}data: [DONE]\n\n`;
      case 'failure':
        return '';
    }
  }

  #begin(start: BlockStart): string {
    const { block, choice, kind, id, name, seal } = start;
    const index = this.#calls.get(choice) ?? 0;
    this.#blocks.set(block, { start, index, hasText: false });
    if (kind !== 'tool-call') return '';
    this.#calls.set(choice, index + 1);
    const call = {
      index,
      id: idWithSeal(id ?? `call_${this.#as.id}_${index}`, seal),
      type: 'function',
      function: { name, arguments: '' },
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
    if (kind === 'reasoning') return this.#toBlock(block, { reasoning_content: text });
    const call = { index: written.index, function: { arguments: text } };
    return this.#toBlock(block, { tool_calls: [call] });
  }

  #seal({ block, seal }: Extract<StreamEvent, { type: 'seal' }>): string {
    // What is sealed in plain text has no place for it, and its makers do without.
    const isReasoning = this.#blocks.get(block)?.start.kind === 'reasoning';
    return isReasoning ? this.#toBlock(block, { reasoning_details: [writeDetail('', seal)] }) : '';
  }

  /** A tool without arguments has an empty object of them, for clients that parse what came. */
  #end(block: number): string {
    const written = this.#blocks.get(block);
    if (written === undefined || written.start.kind !== 'tool-call' || written.hasText) return '';
    return this.#delta(block, '{}');
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

  #lastUsage(): string {
    if (!this.#as.showUsage) return '';
    const usage = writeUsage(this.#usage);
    return usage === undefined ? '' : this.#frame([], usage);
  }

  #frame(choices: readonly object[], usage: object | undefined): string {
    const { created, model } = this.#as;
    const object = 'chat.completion.chunk';
    return `data: ${JSON.stringify({ id: this.#id, object, created, model, choices, usage })}\n\n`;
  }
}
