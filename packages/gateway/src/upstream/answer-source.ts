import type { Verdict } from './classify.ts';

/** Where the answer goes once the attempt is committed to. */
export interface Sink {
  /** False asks for a pause, until `resume` is called. */
  data(chunk: Buffer, isLast: boolean): boolean;
  end(): void;
  /** The answer broke off after it had been committed to. */
  fail(verdict: Verdict): void;
}

/** An answer that is there to be told: of an attempt, or a remembered one. */
export interface AnswerSource {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly verdict: Verdict;
  readonly isTranslated: boolean;
  readonly startedAt: number;
  readonly firstByteAt: number | undefined;
  /** How long its provider asks to be left alone. */
  readonly retryAfterMs: number | undefined;
  header(name: string): string | undefined;
  attach(sink: Sink): void;
  resume(): void;
  cancel(): void;
}
