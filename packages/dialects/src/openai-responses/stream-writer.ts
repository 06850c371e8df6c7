import type { Speaker, StreamWriter } from '../codec.ts';
import type { Seal } from '../intent.ts';
import { writeTokens } from '../logprobs.ts';
import type { BlockStart, Citation, Stop, StreamEvent } from '../reply.ts';
import { idWithSeal } from '../seal.ts';
import { mergeUsage, unknownUsage, type Usage } from '../usage.ts';
import { callItem, messageItem, reasoningItem } from './reply.ts';
import { annotation, frame, responseId, responseObject } from './response.ts';
import { writeStop } from './stops.ts';
import { writeUsage } from './usage.ts';

/** One item of the output, while it is being told. */
interface Item {
  readonly kind: BlockStart['kind'];
  readonly index: number;
  readonly id: string;
  readonly callId: string;
  readonly name: string;
  text: string;
  seal: Seal | undefined;
  readonly citations: Citation[];
  readonly logprobs: object[];
}

/**
 * Writes the events of a response, the whole life cycle of each item: clients build their own
 * picture of it from these, and wait for the last event, which repeats all of it.
 */
export class ResponsesWriter implements StreamWriter {
  readonly keepsAll = true;
  readonly #as: Speaker;
  #id: string;
  #begun = false;
  #sequence = 0;
  readonly #open = new Map<number, Item>();
  readonly #output: object[] = [];
  #items = 0;
  #usage: Usage = unknownUsage;
  #stop: Stop | undefined;

  constructor(as: Speaker) {
    this.#as = as;
    this.#id = responseId(undefined, as.id);
  }

  write(event: StreamEvent): string {
    switch (event.type) {
      case 'start':
        this.#id = responseId(event.id, this.#as.id);
        return this.#begin();
      case 'usage':
        this.#usage = mergeUsage(this.#usage, event.usage);
        return '';
      case 'stop':
        if (event.choice === 0) this.#stop = event.stop;
        return '';
      case 'ping':
        return ': ping\n\n';
      case 'foreign':
        this.#as.losses.dropped('answer', `${event.kind} has no form in this dialect`);
        return '';
      case 'logprobs':
        return this.#logprobs(event);
      case 'finish':
        return this.#begin() + this.#finish();
      case 'gap':
      case 'failure':
        return '';
      default:
        return this.#begin() + this.#block(event);
    }
  }

  #begin(): string {
    if (this.#begun) return '';
    this.#begun = true;
    const response = this.#response({ status: 'in_progress' });
    return (
      this.#frame('response.created', { response }) +
      this.#frame('response.in_progress', { response })
    );
  }

  #block(event: Extract<StreamEvent, { block: number }>): string {
    if (event.type === 'block-start') return this.#start(event);
    const item = this.#open.get(event.block);
    if (item === undefined) return '';
    switch (event.type) {
      case 'delta':
        item.text += event.text;
        return this.#frame(deltas[item.kind], {
          ...placeOf(item),
          ...extra(item.kind),
          delta: event.text,
        });
      case 'seal':
        item.seal = event.seal;
        return '';
      case 'citation': {
        const annotation_index = item.citations.push(event.citation) - 1;
        const told = { ...placeOf(item), annotation_index, annotation: annotation(event.citation) };
        return this.#frame('response.output_text.annotation.added', told);
      }
      case 'block-end':
        this.#open.delete(event.block);
        return this.#end(item);
    }
  }

  /** With a piece of text that is empty: what they are about has been said. */
  #logprobs({ choice, tokens }: Extract<StreamEvent, { type: 'logprobs' }>): string {
    const item = [...this.#open.values()].findLast(({ kind }) => kind === 'text');
    if (item === undefined || choice !== 0) return '';
    const logprobs = writeTokens(tokens);
    item.logprobs.push(...logprobs);
    return this.#frame(deltas.text, { ...placeOf(item), delta: '', logprobs });
  }

  #start({ block, choice, kind, id, name = '', seal }: BlockStart): string {
    if (choice !== 0) {
      this.#as.losses.dropped('answer', 'only the first of several answers has a place');
      return '';
    }
    const index = this.#items;
    this.#items += 1;
    const item: Item = {
      kind,
      index,
      id: `${prefixes[kind]}_${this.#as.id}_${index}`,
      callId: kind === 'tool-call' ? idWithSeal(id ?? `call_${this.#as.id}_${index}`, seal) : '',
      name,
      text: '',
      seal,
      citations: [],
      logprobs: [],
    };
    this.#open.set(block, item);
    const added = { output_index: index, item: itemOf(item, 'in_progress') };
    return this.#frame('response.output_item.added', added) + this.#startPart(item);
  }

  #startPart(item: Item): string {
    if (item.kind === 'tool-call') return '';
    const part = partOf(item);
    const isReasoning = item.kind === 'reasoning';
    const type = isReasoning
      ? 'response.reasoning_summary_part.added'
      : 'response.content_part.added';
    return this.#frame(type, { ...placeOf(item), part });
  }

  #end(item: Item): string {
    const done = itemOf(item, 'completed');
    this.#output[item.index] = done;
    return (
      this.#endPart(item) +
      this.#frame('response.output_item.done', { output_index: item.index, item: done })
    );
  }

  #endPart(item: Item): string {
    const place = placeOf(item);
    const { text, name } = item;
    const part = partOf(item);
    switch (item.kind) {
      case 'tool-call': {
        const told = { ...place, name, arguments: text === '' ? '{}' : text };
        return this.#frame('response.function_call_arguments.done', told);
      }
      case 'reasoning':
        return (
          this.#frame('response.reasoning_summary_text.done', { ...place, text }) +
          this.#frame('response.reasoning_summary_part.done', { ...place, part })
        );
      case 'refusal':
        return (
          this.#frame('response.refusal.done', { ...place, refusal: text }) +
          this.#frame('response.content_part.done', { ...place, part })
        );
      case 'text':
        return (
          this.#frame('response.output_text.done', { ...place, text, logprobs: item.logprobs }) +
          this.#frame('response.content_part.done', { ...place, part })
        );
    }
  }

  #finish(): string {
    let text = '';
    // A vendor that ended without ending its blocks.
    for (const item of this.#open.values()) text += this.#end(item);
    this.#open.clear();
    const ended =
      this.#stop === undefined ? { status: 'completed' as const } : writeStop(this.#stop);
    const response = this.#response({ ...ended, usage: writeUsage(this.#usage) });
    return text + this.#frame(`response.${ended.status}`, { response });
  }

  #response(
    told: Pick<Parameters<typeof responseObject>[0], 'status' | 'incomplete_details' | 'usage'>,
  ): object {
    const { created, model } = this.#as;
    return responseObject({ id: this.#id, created, model, output: this.#output, ...told });
  }

  #frame(type: string, event: Readonly<Record<string, unknown>>): string {
    const sequence_number = this.#sequence;
    this.#sequence += 1;
    return frame({ type, sequence_number, ...event });
  }
}

const prefixes: Readonly<Record<BlockStart['kind'], string>> = {
  text: 'msg',
  refusal: 'msg',
  reasoning: 'rs',
  'tool-call': 'fc',
};

const deltas: Readonly<Record<BlockStart['kind'], string>> = {
  text: 'response.output_text.delta',
  refusal: 'response.refusal.delta',
  reasoning: 'response.reasoning_summary_text.delta',
  'tool-call': 'response.function_call_arguments.delta',
};

/** Where an event belongs. */
function placeOf({ kind, index, id }: Item): Readonly<Record<string, unknown>> {
  const place = { item_id: id, output_index: index };
  if (kind === 'tool-call') return place;
  return kind === 'reasoning' ? { ...place, summary_index: 0 } : { ...place, content_index: 0 };
}

const extra = (kind: BlockStart['kind']): object => (kind === 'text' ? { logprobs: [] } : {});

function partOf({ kind, text, citations, logprobs }: Item): object {
  if (kind === 'reasoning') return { type: 'summary_text', text };
  if (kind === 'refusal') return { type: 'refusal', refusal: text };
  return { type: 'output_text', text, annotations: citations.map(annotation), logprobs };
}

function itemOf(item: Item, status: 'in_progress' | 'completed'): object {
  const { kind, id, callId, name, text, seal } = item;
  if (kind === 'tool-call') {
    const told = status === 'completed' && text === '' ? '{}' : text;
    return callItem(id, status, callId, name, told);
  }
  if (kind === 'reasoning') return reasoningItem(id, text, seal);
  return messageItem(id, status, status === 'completed' ? [partOf(item)] : []);
}
