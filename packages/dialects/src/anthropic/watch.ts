import { isObject, SseLines } from '../sse.ts';
import { field, mergeUsage, readJson, unknownUsage, type Usage } from '../usage.ts';
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
    this.started = true;
    this.events += 1;
    if (!isObject(bytes, start, end)) {
      this.failed = { type: MALFORMED };
      return;
    }
    const line = bytes.subarray(start, end);
    // Deltas are nearly all of a stream and say nothing that is wanted here.
    if (line.indexOf('"content_block_delta"') !== -1 && line.indexOf('"usage"') === -1) {
      this.hasContent = true;
      return;
    }
    const event = readJson(line.toString('utf8'));
    switch (field(event, 'type')) {
      case 'content_block_delta':
      case 'content_block_stop':
        this.hasContent = true;
        break;
      case 'message_start':
        this.usage = readUsage(field(event, 'message'));
        break;
      case 'message_delta':
        this.hasContent = true;
        this.usage = mergeUsage(this.usage, readUsage(event));
        break;
      case 'message_stop':
        this.hasContent = true;
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
