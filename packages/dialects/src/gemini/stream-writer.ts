import type { Speaker, StreamWriter } from '../codec.ts';
import type { BlockStart, ReplyBlock, Stop, StreamEvent } from '../reply.ts';
import { mergeUsage, unknownUsage, type Usage } from '../usage.ts';
import { writeAnswer, writeCandidate, writePart } from './reply.ts';

/** A tool call on its way: Gemini tells it whole. */
interface Call {
  readonly start: BlockStart;
  text: string;
}

/**
 * Writes a stream of generateContent: server-sent events, or, as Gemini does without `alt=sse`, one
 * JSON array that grows.
 */
export class GeminiWriter implements StreamWriter {
  readonly #as: Speaker;
  readonly #starts = new Map<number, BlockStart>();
  readonly #calls = new Map<number, Call>();
  readonly #stops = new Map<number, Stop>();
  #id: string | undefined;
  #usage: Usage = unknownUsage;
  #count = 0;

  constructor(as: Speaker) {
    this.#as = as;
  }

  write(event: StreamEvent): string {
    switch (event.type) {
      case 'start':
        this.#id = event.id;
        return '';
      case 'block-start':
        this.#starts.set(event.block, event);
        if (event.kind === 'tool-call') this.#calls.set(event.block, { start: event, text: '' });
        return '';
      case 'delta':
        return this.#delta(event.block, event.text);
      case 'seal': {
        const start = this.#starts.get(event.block);
        if (start === undefined || event.seal.data === '') return '';
        const kind = start.kind === 'reasoning' ? 'reasoning' : 'text';
        return this.#part(start.choice, { kind, text: '', seal: event.seal });
      }
      case 'block-end':
        return this.#end(event.block);
      case 'usage':
        this.#usage = mergeUsage(this.#usage, event.usage);
        return '';
      case 'stop':
        this.#stops.set(event.choice, event.stop);
        return '';
      case 'foreign':
        this.#as.losses.dropped('answer', `${event.kind} has no form in this dialect`);
        return '';
      case 'finish':
        return this.#finish();
      default:
        return '';
    }
  }

  #delta(block: number, text: string): string {
    const call = this.#calls.get(block);
    if (call !== undefined) {
      call.text += text;
      return '';
    }
    const start = this.#starts.get(block);
    if (start === undefined) return '';
    const kind = start.kind === 'reasoning' ? 'reasoning' : 'text';
    return this.#part(start.choice, { kind, text });
  }

  #end(block: number): string {
    const call = this.#calls.get(block);
    this.#starts.delete(block);
    if (call === undefined) return '';
    this.#calls.delete(block);
    const { choice, id, name = '', seal } = call.start;
    return this.#part(choice, { kind: 'tool-call', id, name, arguments: call.text, seal });
  }

  #part(choice: number, block: ReplyBlock): string {
    const candidate = writeCandidate(writePart(block, this.#as), undefined, choice);
    return this.#frame(writeAnswer([candidate], undefined, this.#id, this.#as));
  }

  #finish(): string {
    const stops = this.#stops.size > 0 ? [...this.#stops] : [[0, undefined] as const];
    const candidates = stops.map(([choice, stop]) => writeCandidate([], stop, choice));
    const last = this.#frame(writeAnswer(candidates, this.#usage, this.#id, this.#as));
    return this.#as.form === 'array' ? `${last}]` : last;
  }

  #frame(answer: object): string {
    const text = JSON.stringify(answer);
    this.#count += 1;
    if (this.#as.form !== 'array') return `data: ${text}\r\n\r\n`;
    return this.#count === 1 ? `[${text}` : `,\r\n${text}`;
  }
}
