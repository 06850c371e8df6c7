import type { AnswerGuard, Released } from '../guard/answer-guard.ts';
import type { Guardrail } from '../guard/guardrail.ts';
import type { ApiArrived } from '../request/exchange.ts';
import { note } from '../request/guard.ts';
import type { Running } from '../running.ts';

/** What becomes of an answer that is guarded. */
export interface GuardedSink {
  /** Bytes that may leave, a few or all. */
  let(bytes: Buffer): boolean;
  /** Nothing more of it leaves. */
  block(guardrail: Guardrail): void;
}

const NOTHING: Released = { bytes: Buffer.alloc(0), blockedBy: undefined };

/** An answer of an upstream on its way past its guard. A guard that fails lets nothing pass. */
export class GuardedAnswer {
  readonly #guard: AnswerGuard;
  readonly #exchange: ApiArrived;
  readonly #running: Running;
  readonly #sink: GuardedSink;
  #isOver = false;

  constructor(guard: AnswerGuard, exchange: ApiArrived, running: Running, sink: GuardedSink) {
    this.#guard = guard;
    this.#exchange = exchange;
    this.#running = running;
    this.#sink = sink;
  }

  /** False asks for a pause. */
  push(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    let released: Released;
    try {
      released = this.#guard.push(chunk);
    } catch (error) {
      released = this.#failed(error);
    }
    return this.#heed(released);
  }

  /** False when it was blocked. */
  async end(): Promise<boolean> {
    if (this.#isOver) return false;
    let released: Released;
    try {
      released = await this.#guard.finish();
    } catch (error) {
      released = this.#failed(error);
    }
    this.#heed(released);
    return !this.#isOver;
  }

  #heed({ bytes, blockedBy }: Released): boolean {
    note(this.#guard.takeNotes(), this.#exchange, this.#running);
    if (blockedBy !== undefined) {
      this.#isOver = true;
      this.#sink.block(blockedBy);
      return true;
    }
    return bytes.length === 0 || this.#sink.let(bytes);
  }

  #failed(error: unknown): Released {
    const { id, guarding } = this.#exchange;
    this.#running.log.error({ err: error, request: id }, 'a guardrail failed on an answer');
    const { request, answer } = guarding?.applied ?? {};
    const blockedBy = [...(answer?.guardrails ?? []), ...(request?.guardrails ?? [])][0];
    return { ...NOTHING, blockedBy };
  }
}
