import { MessagesReader } from '../anthropic/stream-reader.ts';
import type { StreamReader } from '../codec.ts';
import { endOfLastEvent } from '../sse.ts';
import type { StreamEvent } from '../reply.ts';

/** Reads a stream of Messages and hands its bytes on, as whole events. */
export class PassingReader implements StreamReader {
  readonly #messages = new MessagesReader('');
  readonly #onText: (text: Buffer) => void;
  #held: Buffer = Buffer.alloc(0);

  constructor(onText: (text: Buffer) => void) {
    this.#onText = onText;
  }

  get frames(): number {
    return this.#messages.frames;
  }

  push(chunk: Buffer): readonly StreamEvent[] {
    const bytes = Buffer.concat([this.#held, chunk]);
    const end = endOfLastEvent(bytes);
    if (end > 0) this.#onText(bytes.subarray(0, end));
    this.#held = bytes.subarray(end);
    return this.#messages.push(chunk);
  }

  end(): readonly StreamEvent[] {
    if (this.#held.length > 0) this.#onText(this.#held);
    return this.#messages.end();
  }
}
