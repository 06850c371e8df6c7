import { listIn } from '../fields.ts';
import { isObject, SseLines } from '../sse.ts';
import { field, mostUsage, readJson, unknownUsage, type Usage } from '../usage.ts';
import { FAILED_STOP, MALFORMED, type StreamFailure, type StreamWatch } from '../watch.ts';
import { FAILED } from './stops.ts';
import { readUsage } from './usage.ts';

const BRACKET = 0x5b;

/** Watches a Chat Completions or Completions stream; its terminal event is `data: [DONE]`. */
export class ChatWatch implements StreamWatch {
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
    if (bytes[start] === BRACKET) {
      this.finished ||= bytes.toString('latin1', start, end).trimEnd() === '[DONE]';
      return;
    }
    if (!isObject(bytes, start, end)) {
      this.failed = { type: MALFORMED };
      return;
    }
    // Looking for a word costs a fraction of a parse, and one chunk in hundreds has either.
    const line = bytes.subarray(start, end);
    const mayFail = line.indexOf('"error"') !== -1;
    if (this.hasContent && !mayFail && line.indexOf('"usage"') === -1) return;
    const chunk = readJson(line.toString('utf8'));
    this.hasContent ||= carriesContent(chunk);
    const usage = readUsage(chunk);
    if (usage !== unknownUsage) this.usage = mostUsage(this.usage, usage);
    const error = mayFail ? field(chunk, 'error') : undefined;
    if (error !== undefined && error !== null) {
      const type = field(error, 'type') ?? field(error, 'code');
      this.failed = { type: typeof type === 'string' ? type : 'error' };
    } else if (mayFail && endsInFailure(chunk)) this.failed = { type: FAILED_STOP };
  }
}

const endsInFailure = (chunk: unknown): boolean =>
  listIn(chunk, 'choices').some((choice) => field(choice, 'finish_reason') === FAILED);

/** Whether a chunk has more than a role: text, a tool call, reasoning, or a reason to stop. */
function carriesContent(chunk: unknown): boolean {
  const choices = field(chunk, 'choices');
  if (!Array.isArray(choices)) return false;
  return choices.some((choice: unknown) => {
    if (field(choice, 'finish_reason') ?? field(choice, 'text')) return true;
    const delta = field(choice, 'delta');
    if (typeof delta !== 'object' || delta === null) return false;
    return Object.entries(delta).some(
      ([name, value]: [string, unknown]) =>
        name !== 'role' &&
        value !== null &&
        value !== '' &&
        !(Array.isArray(value) && value.length === 0),
    );
  });
}
