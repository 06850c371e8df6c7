import type { Speaker, StreamWriter } from '../codec.ts';
import type { BlockStart, StreamEvent } from '../reply.ts';
import { idWithSeal } from '../seal.ts';
import { mergeUsage, unknownUsage, type Usage } from '../usage.ts';
import { frame } from './frames.ts';
import { writeCitation, writeSeal } from './reply.ts';
import { writeStop } from './stops.ts';
import { writeUsage } from './usage.ts';

interface Written {
  readonly kind: BlockStart['kind'];
  readonly index: number;
}

const NOTHING: Buffer = Buffer.alloc(0);

/** Writes a stream of Converse. */
export class ConverseWriter implements StreamWriter {
  readonly #as: Speaker;
  readonly #blocks = new Map<number, Written>();
  #index = 0;
  #begun = false;
  #usage: Usage = unknownUsage;
  #stop: object = { stopReason: 'end_turn' };

  constructor(as: Speaker) {
    this.#as = as;
  }

  write(event: StreamEvent): Buffer {
    switch (event.type) {
      case 'usage':
        this.#usage = mergeUsage(this.#usage, event.usage);
        return NOTHING;
      case 'stop':
        if (event.choice === 0) this.#keepStop(event);
        return NOTHING;
      case 'foreign':
        this.#as.losses.dropped('answer', `${event.kind} has no form in this dialect`);
        return NOTHING;
      case 'finish':
        return this.#begin([...this.#endAll(), ...this.#finish()]);
      case 'start':
      case 'ping':
      case 'logprobs':
      case 'gap':
      case 'failure':
        return NOTHING;
      default:
        return this.#begin(this.#block(event));
    }
  }

  #keepStop({ stop }: Extract<StreamEvent, { type: 'stop' }>): void {
    const { sequence: stop_sequence } = stop;
    const more = stop_sequence === undefined ? undefined : { stop_sequence };
    this.#stop = { stopReason: writeStop(stop), additionalModelResponseFields: more };
  }

  #begin(frames: readonly Buffer[]): Buffer {
    if (this.#begun) return Buffer.concat(frames);
    this.#begun = true;
    return Buffer.concat([eventFrame('messageStart', { role: 'assistant' }), ...frames]);
  }

  #block(event: Extract<StreamEvent, { block: number }>): Buffer[] {
    if (event.type === 'block-start') return this.#start(event);
    const written = this.#blocks.get(event.block);
    if (written === undefined) return [];
    const contentBlockIndex = written.index;
    if (event.type === 'block-end') {
      this.#blocks.delete(event.block);
      return [eventFrame('contentBlockStop', { contentBlockIndex })];
    }
    const delta = deltaOf(event, written.kind);
    return delta === undefined
      ? []
      : [eventFrame('contentBlockDelta', { contentBlockIndex, delta })];
  }

  /** Text and reasoning begin without a word. */
  #start({ block, choice, kind, id, name, seal }: BlockStart): Buffer[] {
    if (choice !== 0) {
      this.#as.losses.dropped('answer', 'only the first of several answers has a place');
      return [];
    }
    const contentBlockIndex = this.#index++;
    this.#blocks.set(block, { kind, index: contentBlockIndex });
    if (kind !== 'tool-call') return [];
    const toolUseId = idWithSeal(id ?? `tooluse_${this.#as.id}_${contentBlockIndex}`, seal);
    const start = { toolUse: { toolUseId, name } };
    return [eventFrame('contentBlockStart', { contentBlockIndex, start })];
  }

  /** A vendor that ended without ending its blocks. */
  #endAll(): Buffer[] {
    return [...this.#blocks.keys()].flatMap((block) => this.#block({ type: 'block-end', block }));
  }

  #finish(): Buffer[] {
    const usage = writeUsage(this.#usage);
    return [eventFrame('messageStop', this.#stop), eventFrame('metadata', { usage })];
  }
}

function deltaOf(event: StreamEvent, kind: BlockStart['kind']): object | undefined {
  switch (event.type) {
    case 'delta':
      if (kind === 'reasoning') return { reasoningContent: { text: event.text } };
      return kind === 'tool-call' ? { toolUse: { input: event.text } } : { text: event.text };
    case 'seal':
      return kind === 'reasoning' ? { reasoningContent: writeSeal(event.seal) } : undefined;
    case 'citation':
      return { citation: writeCitation(event.citation) };
    default:
      return undefined;
  }
}

export function eventFrame(type: string, payload: object): Buffer {
  const headers = {
    ':event-type': type,
    ':content-type': 'application/json',
    ':message-type': 'event',
  };
  return frame(headers, JSON.stringify(payload));
}
