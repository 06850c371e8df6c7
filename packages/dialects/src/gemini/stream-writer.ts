import type { Speaker, StreamWriter } from '../codec.ts';
import type { Seal } from '../intent.ts';
import type { BlockStart, Citation, ReplyBlock, Stop, StreamEvent } from '../reply.ts';
import { mergeUsage, unknownUsage, type Usage } from '../usage.ts';
import { writeLogprobs } from './logprobs.ts';
import { writeAnswer, writeCandidate, writePart } from './reply.ts';

/**
 * Writes a stream of generateContent: server-sent events, or, as Gemini does without `alt=sse`, one
 * JSON array that grows.
 */
export class GeminiWriter implements StreamWriter {
  readonly #as: Speaker;
  readonly #starts = new Map<number, BlockStart>();
  /** Arguments of calls on their way: Gemini tells a call whole. */
  readonly #calls = new Map<number, string>();
  readonly #seals = new Map<number, Seal>();
  readonly #stops = new Map<number, Stop>();
  readonly #citations = new Map<number, Citation[]>();
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
        // A list that has begun has a first element, so that a failure can follow at any time.
        return this.#as.form === 'array' ? this.#frame([], undefined) : '';
      case 'block-start':
        this.#starts.set(event.block, event);
        if (event.kind === 'tool-call') this.#calls.set(event.block, '');
        return '';
      case 'delta':
        return this.#delta(event.block, event.text);
      case 'seal':
        this.#seals.set(event.block, event.seal);
        return '';
      case 'citation':
        this.#cite(event.block, event.citation);
        return '';
      case 'logprobs': {
        const logprobsResult = writeLogprobs(event.tokens);
        const candidate = writeCandidate([], undefined, event.choice);
        return this.#frame([{ ...candidate, logprobsResult }], undefined);
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
      this.#calls.set(block, call + text);
      return '';
    }
    const start = this.#starts.get(block);
    if (start === undefined) return '';
    const kind = start.kind === 'reasoning' ? 'reasoning' : 'text';
    return this.#part(start.choice, { kind, text });
  }

  #end(block: number): string {
    const start = this.#starts.get(block);
    const call = this.#calls.get(block);
    const seal = this.#seals.get(block);
    this.#starts.delete(block);
    this.#calls.delete(block);
    this.#seals.delete(block);
    if (start === undefined) return '';
    const { choice, id, name = '' } = start;
    if (call !== undefined) {
      const told = { kind: 'tool-call', id, name, arguments: call } as const;
      return this.#part(choice, { ...told, seal: seal ?? start.seal });
    }
    // As Gemini does: a signature closes what it belongs to, on a part without text.
    const kind = start.kind === 'reasoning' ? 'reasoning' : 'text';
    return seal === undefined ? '' : this.#part(choice, { kind, text: '', seal });
  }

  #cite(block: number, citation: Citation): void {
    const choice = this.#starts.get(block)?.choice ?? 0;
    const cited = this.#citations.get(choice);
    if (cited === undefined) this.#citations.set(choice, [citation]);
    else cited.push(citation);
  }

  #part(choice: number, block: ReplyBlock): string {
    const candidate = writeCandidate(writePart(block, this.#as), undefined, choice);
    return this.#frame([candidate], undefined);
  }

  #finish(): string {
    // A vendor that ended without ending its blocks.
    const rest = [...this.#starts.keys()].map((block) => this.#end(block)).join('');
    const stops = this.#stops.size > 0 ? [...this.#stops] : [[0, undefined] as const];
    const candidates = stops.map(([choice, stop]) =>
      writeCandidate([], stop, choice, this.#citations.get(choice)),
    );
    const last = rest + this.#frame(candidates, this.#usage);
    return this.#as.form === 'array' ? `${last}]` : last;
  }

  #frame(candidates: readonly object[], usage: Usage | undefined): string {
    const text = JSON.stringify(writeAnswer(candidates, usage, this.#id, this.#as));
    this.#count += 1;
    if (this.#as.form !== 'array') return `data: ${text}\r\n\r\n`;
    return this.#count === 1 ? `[${text}` : `,\r\n${text}`;
  }
}
