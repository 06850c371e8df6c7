import { isObject, SseLines } from '../sse.ts';
import { field, readJson, unknownUsage, type Usage } from '../usage.ts';
import { MALFORMED, type StreamFailure, type StreamWatch } from '../watch.ts';
import { readUsage } from './usage.ts';

const BRACKET = 0x5b;

/** Watches a Responses stream; its terminal event is `response.completed` or `.incomplete`. */
export class ResponsesWatch implements StreamWatch {
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
    // OpenRouter ends with the word that ends a chat; what comes after the end is no part of the answer.
    if (bytes[start] === BRACKET || this.finished) return;
    this.started = true;
    this.events += 1;
    if (!isObject(bytes, start, end)) {
      this.failed = { type: MALFORMED };
      return;
    }
    const line = bytes.subarray(start, end);
    // Nearly all of a stream is deltas, which say nothing that is wanted here.
    if (isDelta(line)) {
      this.hasContent = true;
      return;
    }
    const event = readJson(line.toString('utf8'));
    switch (field(event, 'type')) {
      case 'response.output_item.added':
        // A call without arguments says no more than its name.
        this.hasContent ||= field(field(event, 'item'), 'type') === 'function_call';
        break;
      case 'response.output_item.done':
      case 'response.content_part.done':
        this.hasContent = true;
        break;
      case 'response.completed':
      case 'response.incomplete':
        this.hasContent = true;
        this.finished = true;
        this.usage = readUsage(field(event, 'response'));
        break;
      case 'response.failed':
        this.#fail(field(field(event, 'response'), 'error'));
        break;
      case 'error':
        this.#fail(field(event, 'error') ?? event);
        break;
      default:
        break;
    }
  }

  #fail(error: unknown): void {
    const type = field(error, 'code') ?? field(error, 'type');
    this.failed = { type: typeof type === 'string' ? type : 'error' };
  }
}

/** The type stands first in what OpenAI sends, and last in what others do. */
const isDelta = (line: Buffer): boolean =>
  line.length < LONGEST_DELTA &&
  line.indexOf('.delta"') !== -1 &&
  line.indexOf('"response"') === -1;

/** A longer event may hold a text that looks like a delta's type. */
const LONGEST_DELTA = 4096;
