import type { Speaker, StreamWriter } from '../codec.ts';
import type { BlockStart, Stop, StreamEvent } from '../reply.ts';
import { envelope, idWithSeal } from '../seal.ts';
import { mergeUsage, unknownUsage, type Usage } from '../usage.ts';
import { writeCitation } from './reply.ts';
import { writeStop } from './stops.ts';
import { writeUsage } from './usage.ts';

/** Events of a block, told only when the block before has ended. */
interface Waiting {
  readonly start: BlockStart;
  readonly events: StreamEvent[];
  ended: boolean;
}

/**
 * Writes a stream of message events. Blocks come one after the other, each begun and ended once,
 * or Anthropic's clients break: what other vendors interleave waits for its turn.
 */
export class MessagesWriter implements StreamWriter {
  readonly #as: Speaker;
  readonly #waiting: Waiting[] = [];
  #index = 0;
  #id: string;
  #begun = false;
  #usage: Usage = unknownUsage;
  #stop: Stop | undefined;

  constructor(as: Speaker) {
    this.#as = as;
    this.#id = `msg_${as.id}`;
  }

  write(event: StreamEvent): string {
    switch (event.type) {
      case 'start':
        this.#id = event.id ?? this.#id;
        return '';
      case 'usage':
        this.#usage = mergeUsage(this.#usage, event.usage);
        return '';
      case 'stop':
        if (event.choice === 0) this.#stop = event.stop;
        return '';
      case 'ping':
        return this.#begin() + frame({ type: 'ping' });
      case 'foreign':
        this.#as.losses.dropped('answer', `${event.kind} has no form in this dialect`);
        return '';
      case 'finish':
        return this.#begin() + this.#finish();
      case 'logprobs':
      case 'gap':
      case 'failure':
        return '';
      default:
        return this.#begin() + this.#block(event);
    }
  }

  /** Usage is demanded at the beginning, where other vendors do not know it yet. */
  #begin(): string {
    if (this.#begun) return '';
    this.#begun = true;
    return frame({
      type: 'message_start',
      message: {
        id: this.#id,
        type: 'message',
        role: 'assistant',
        model: this.#as.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: writeUsage(this.#usage),
      },
    });
  }

  #block(event: Extract<StreamEvent, { block: number }>): string {
    if (event.type === 'block-start') {
      if (event.choice !== 0) {
        this.#as.losses.dropped('answer', 'only the first of several answers has a place');
        return '';
      }
      this.#waiting.push({ start: event, events: [], ended: false });
      return this.#waiting.length === 1 ? this.#startFirst() : '';
    }
    const at = this.#waiting.findIndex(({ start }) => start.block === event.block);
    const waiting = this.#waiting[at];
    if (waiting === undefined) return '';
    if (event.type === 'block-end') {
      waiting.ended = true;
      return at === 0 ? this.#endFirst() : '';
    }
    if (at > 0) {
      waiting.events.push(event);
      return '';
    }
    return this.#inside(event, waiting.start);
  }

  #startFirst(): string {
    const first = this.#waiting[0];
    if (first === undefined) return '';
    const { start, events, ended } = first;
    const content_block = this.#contentBlock(start);
    let text = frame({ type: 'content_block_start', index: this.#index, content_block });
    for (const event of events) text += this.#inside(event, start);
    return ended ? text + this.#endFirst() : text;
  }

  #endFirst(): string {
    this.#waiting.shift();
    const text = frame({ type: 'content_block_stop', index: this.#index });
    this.#index += 1;
    return text + this.#startFirst();
  }

  #contentBlock({ kind, id, name, seal }: BlockStart): object {
    if (kind === 'tool-call') {
      const called = idWithSeal(id ?? `toolu_${this.#as.id}_${this.#index}`, seal);
      return { type: 'tool_use', id: called, name, input: {} };
    }
    if (kind !== 'reasoning') return { type: 'text', text: '', citations: null };
    return { type: 'thinking', thinking: '', signature: '' };
  }

  #inside(event: StreamEvent, { kind }: BlockStart): string {
    const delta = deltaOf(event, kind);
    return delta === undefined
      ? ''
      : frame({ type: 'content_block_delta', index: this.#index, delta });
  }

  #finish(): string {
    let text = '';
    // A vendor that ended without ending its blocks.
    while (this.#waiting.length > 0) text += this.#endFirst();
    const stop_reason = this.#stop === undefined ? 'end_turn' : writeStop(this.#stop);
    const stop_sequence = this.#stop?.sequence ?? null;
    const delta = { stop_reason, stop_sequence };
    text += frame({ type: 'message_delta', delta, usage: writeUsage(this.#usage) });
    return text + frame({ type: 'message_stop' });
  }
}

function deltaOf(event: StreamEvent, kind: BlockStart['kind']): object | undefined {
  switch (event.type) {
    case 'delta':
      if (kind === 'reasoning') return { type: 'thinking_delta', thinking: event.text };
      if (kind === 'tool-call') return { type: 'input_json_delta', partial_json: event.text };
      return { type: 'text_delta', text: event.text };
    case 'seal':
      // Text that is sealed has no place for it here, and its makers do without.
      return kind === 'reasoning'
        ? { type: 'signature_delta', signature: envelope(event.seal) }
        : undefined;
    case 'citation':
      return { type: 'citations_delta', citation: writeCitation(event.citation) };
    default:
      return undefined;
  }
}

function frame(event: { readonly type: string } & Readonly<Record<string, unknown>>): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
