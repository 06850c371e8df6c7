import type { StreamReader } from './codec.ts';
import type { StreamEvent } from './reply.ts';
import { mostUsage, unknownUsage, type Usage } from './usage.ts';
import { MALFORMED, type StreamFailure, type StreamWatch } from './watch.ts';

/** A watch that reads each event whole, for streams that are translated or seldom passed. */
export class EventWatch implements StreamWatch {
  started = false;
  hasContent = false;
  finished = false;
  failed: StreamFailure | undefined;
  usage: Usage = unknownUsage;
  /** What is told from events cannot do without any; where bytes pass, they pass all the same. */
  protected needsAll = false;
  readonly #reader: StreamReader;
  readonly #onEvent: (event: StreamEvent) => void;

  constructor(reader: StreamReader, onEvent: (event: StreamEvent) => void = () => {}) {
    this.#reader = reader;
    this.#onEvent = onEvent;
  }

  get events(): number {
    return this.#reader.frames;
  }

  push(chunk: Buffer): void {
    for (const event of this.#reader.push(chunk)) this.#see(event);
  }

  end(): void {
    for (const event of this.#reader.end()) this.#see(event);
  }

  #see(event: StreamEvent): void {
    // What comes after the end is no part of the answer.
    if (this.finished) return;
    this.started = true;
    switch (event.type) {
      case 'delta':
      case 'seal':
      case 'citation':
      case 'stop':
        this.hasContent = true;
        break;
      case 'block-start':
        // A tool without arguments says no more than its name.
        this.hasContent ||= event.kind === 'tool-call';
        break;
      case 'usage':
        this.usage = mostUsage(this.usage, event.usage);
        break;
      case 'finish':
        this.finished = true;
        break;
      case 'gap':
        if (this.needsAll) this.failed = { type: MALFORMED };
        break;
      case 'failure':
        this.failed = { type: event.kind };
        break;
      default:
        break;
    }
    this.#onEvent(event);
  }
}
