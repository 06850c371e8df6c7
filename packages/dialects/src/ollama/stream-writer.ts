import type { Speaker, StreamWriter } from '../codec.ts';
import type { TokenLogprob } from '../logprobs.ts';
import type { BlockStart, Stop, StreamEvent } from '../reply.ts';
import { idWithSeal } from '../seal.ts';
import { mergeUsage, unknownUsage, type Usage } from '../usage.ts';
import {
  bodyOf,
  head,
  type Message,
  tellCitation,
  tellSeal,
  writeCall,
  writeLogprobs,
} from './reply.ts';
import { writeStop } from './stops.ts';
import { writeUsage } from './usage.ts';

interface Open {
  readonly start: BlockStart;
  /** Of a tool call, whose arguments are told whole. */
  text: string;
}

/** Writes a stream of chat answers, one JSON object a line. */
export class OllamaWriter implements StreamWriter {
  readonly #as: Speaker;
  readonly #open = new Map<number, Open>();
  #calls = 0;
  #usage: Usage = unknownUsage;
  #stop: Stop | undefined;

  constructor(as: Speaker) {
    this.#as = as;
  }

  write(event: StreamEvent): string {
    switch (event.type) {
      case 'block-start':
        return this.#begin(event);
      case 'delta':
        return this.#delta(event.block, event.text);
      case 'seal':
        if (event.seal.data !== '') tellSeal(this.#as);
        return '';
      case 'citation':
        tellCitation(this.#as);
        return '';
      case 'logprobs':
        return event.choice === 0 ? this.#line({ content: '' }, event.tokens) : '';
      case 'block-end':
        return this.#end(event.block);
      case 'usage':
        this.#usage = mergeUsage(this.#usage, event.usage);
        return '';
      case 'stop':
        if (event.choice === 0) this.#stop = event.stop;
        return '';
      case 'foreign':
        this.#as.losses.dropped('answer', `${event.kind} has no form in this dialect`);
        return '';
      case 'ping':
        return this.#line({ content: '' });
      case 'finish':
        return this.#finish();
      case 'start':
      case 'gap':
      case 'failure':
        return '';
    }
  }

  #begin(start: BlockStart): string {
    if (start.choice === 0) this.#open.set(start.block, { start, text: '' });
    else this.#as.losses.dropped('answer', 'only the first of several answers has a place');
    return '';
  }

  #delta(block: number, text: string): string {
    const open = this.#open.get(block);
    if (open === undefined) return '';
    const { kind } = open.start;
    if (kind === 'tool-call') {
      open.text += text;
      return '';
    }
    const said = kind === 'reasoning' ? { content: '', thinking: text } : { content: text };
    return this.#line(said);
  }

  #end(block: number): string {
    const open = this.#open.get(block);
    this.#open.delete(block);
    if (open === undefined || open.start.kind !== 'tool-call') return '';
    const { id, name = '', seal } = open.start;
    const called = idWithSeal(id ?? `call_${this.#as.id}_${this.#calls}`, seal);
    this.#calls += 1;
    const call = writeCall(called, name, open.text, this.#as);
    return this.#line({ content: '', tool_calls: [call] });
  }

  #finish(): string {
    // A vendor that ended without ending its blocks.
    const rest = [...this.#open.keys()].map((block) => this.#end(block)).join('');
    const last = {
      ...head(this.#as),
      ...bodyOf({ content: '' }, this.#as),
      done: true,
      done_reason: this.#stop === undefined ? 'stop' : writeStop(this.#stop),
      ...writeUsage(this.#usage),
    };
    return `${rest}${JSON.stringify(last)}\n`;
  }

  #line(message: Message, logprobs?: readonly TokenLogprob[]): string {
    const body = bodyOf(message, this.#as);
    return `${JSON.stringify({ ...head(this.#as), ...body, done: false, ...writeLogprobs(logprobs) })}\n`;
  }
}
