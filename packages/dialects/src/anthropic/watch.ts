import { isObject, SseLines } from '../sse.ts';
import { field, mostUsage, readJson, unknownUsage, type Usage } from '../usage.ts';
import { MALFORMED, type StreamFailure, type StreamWatch } from '../watch.ts';
import { readUsage } from './usage.ts';

/** Watches a Messages stream; its terminal event is `message_stop`. */
export class MessagesWatch implements StreamWatch {
  started = false;
  hasContent = false;
  finished = false;
  failed: StreamFailure | undefined;
  events = 0;
  usage: Usage = unknownUsage;

  readonly #lines = new SseLines((bytes, start, end) => this.#data(bytes, start, end));

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
  }

  #data(bytes: Buffer, start: number, end: number): void {
    // What comes after the end is no part of the answer.
    if (this.finished) return;
    this.started = true;
    this.events += 1;
    if (!isObject(bytes, start, end)) {
      this.failed = { type: MALFORMED };
      return;
    }
    const line = bytes.subarray(start, end);
    // Deltas are nearly all of a stream and, but for the first, say nothing that is wanted here.
    const isDelta = line.indexOf('"content_block_delta"') !== -1;
    if (this.hasContent && isDelta && line.indexOf('"usage"') === -1) return;
    const event = readJson(line.toString('utf8'));
    switch (field(event, 'type')) {
      case 'content_block_delta':
        this.hasContent ||= saysSomething(field(event, 'delta'));
        break;
      case 'content_block_stop':
        this.hasContent = true;
        break;
      case 'message_start':
        this.usage = readUsage(field(event, 'message'));
        break;
      case 'message_delta':
        this.hasContent = true;
        this.usage = mostUsage(this.usage, readUsage(event));
        break;
      case 'message_stop':
        this.finished = true;
        break;
      case 'error': {
        const type = field(field(event, 'error'), 'type');
        this.failed = { type: typeof type === 'string' ? type : 'error' };
        break;
      }
      default:
        break;
    }
  }
}

/** A delta may be empty, and be sent for ever. */
const saysSomething = (delta: unknown): boolean =>
  typeof delta === 'object' &&
  delta !== null &&
  Object.entries(delta).some(([name, value]) => name !== 'type' && value !== '' && value !== null);
