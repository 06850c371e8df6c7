import type { Clock } from '@vitalgate/health';
import type { AnswerSource, Sink } from '../upstream/answer-source.ts';
import { served, type Verdict } from '../upstream/classify.ts';
import type { RememberedAnswer } from './answers.ts';

/** A remembered answer as a source of one: told again as it came, a stream as a stream. */
export class Replay implements AnswerSource {
  readonly status = 200;
  readonly verdict: Verdict = served;
  readonly isTranslated = false;
  readonly firstByteAt = undefined;
  readonly retryAfterMs = undefined;
  readonly startedAt: number;
  /** They are told with its age, and none of them is a provider's. */
  readonly headers: Readonly<Record<string, string>> = {};
  readonly #chunks: readonly Buffer[];
  #next = 0;
  #sink: Sink | undefined;

  constructor({ chunks }: RememberedAnswer, clock: Clock) {
    this.#chunks = chunks;
    this.startedAt = clock.now();
  }

  header(): undefined {}

  attach(sink: Sink): void {
    this.#sink = sink;
    this.resume();
  }

  resume(): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    while (this.#next < this.#chunks.length) {
      const chunk = this.#chunks[this.#next] as Buffer;
      this.#next += 1;
      const mayGoOn = sink.data(chunk, this.#next === this.#chunks.length);
      if (!mayGoOn && this.#next < this.#chunks.length) return;
    }
    this.cancel();
    sink.end();
  }

  cancel(): void {
    this.#sink = undefined;
  }
}
