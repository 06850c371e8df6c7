import { MessagesReader } from '../anthropic/stream-reader.ts';
import { type Frame, FrameReader } from '../bedrock/frames.ts';
import type { StreamReader } from '../codec.ts';
import { textIn, wordIn } from '../fields.ts';
import { malformed, type StreamEvent } from '../reply.ts';
import { readJson } from '../usage.ts';

/**
 * Reads a stream of InvokeModel (Amazon Bedrock API reference, "InvokeModelWithResponseStream"):
 * each frame holds one event of Messages, in base64. `onText` is given them as Anthropic sends
 * them itself.
 */
export class InvokeReader implements StreamReader {
  readonly #frames = new FrameReader();
  readonly #messages: MessagesReader;
  readonly #onText: ((text: Buffer) => void) | undefined;

  constructor(origin: string, onText?: (text: Buffer) => void) {
    this.#messages = new MessagesReader(origin);
    this.#onText = onText;
  }

  get frames(): number {
    return this.#messages.frames;
  }

  push(chunk: Buffer): readonly StreamEvent[] {
    return this.#frames.push(chunk).flatMap((frame) => this.#frame(frame));
  }

  end(): readonly StreamEvent[] {
    return this.#frames.isInside ? [malformed] : this.#messages.end();
  }

  #frame(frame: Frame | undefined): readonly StreamEvent[] {
    if (frame === undefined) return [malformed];
    const { headers } = frame;
    const payload = readJson(frame.payload.toString());
    const type = headers.get(':message-type');
    if (type !== 'event') {
      const kind = headers.get(':exception-type') ?? headers.get(':error-code') ?? type ?? 'error';
      const message = textIn(payload, 'message') ?? headers.get(':error-message');
      return [{ type: 'failure', kind, message: message ?? 'the provider told an error' }];
    }
    if (headers.get(':event-type') !== 'chunk') return [];
    const event = Buffer.from(textIn(payload, 'bytes') ?? '', 'base64');
    const name = wordIn(readJson(event.toString()), 'type');
    if (name === undefined || event.includes('\n')) return [malformed];
    const text = Buffer.from(`event: ${name}\ndata: ${event.toString()}\n\n`);
    const events = this.#messages.push(text);
    this.#onText?.(text);
    return events;
  }
}
