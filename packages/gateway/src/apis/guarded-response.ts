import type { AnswerGuard } from '../guard/answer-guard.ts';
import type { Guardrail } from '../guard/guardrail.ts';
import { guardrailField } from '../request/guard.ts';
import { GuardedAnswer, type GuardedSink } from './guarded-answer.ts';
import { lengthIn, withoutBytes } from './head-lines.ts';
import type { Passing } from './passing.ts';

/** A shorter answer is judged whole, so that a refusal is told as one. */
const SHORT = 1024 * 1024;

/** Whoever tells the answer. */
interface Owner {
  readonly isOver: boolean;
  /** The head leaves. */
  commit(): void;
  block(guardrail: Guardrail): void;
}

/** The response to a caller while guardrails read it as it comes. */
export class GuardedResponse implements GuardedSink {
  readonly #answer: GuardedAnswer;
  readonly #passing: Passing;
  readonly #owner: Owner;
  readonly #status: number;
  readonly #head: readonly string[];
  /** What may leave once it has ended; undefined where it leaves as it comes. */
  readonly #kept: Buffer[] | undefined;

  constructor(
    guard: AnswerGuard,
    passing: Passing,
    owner: Owner,
    status: number,
    head: readonly string[],
  ) {
    const { exchange, running } = passing;
    const isShort = (lengthIn(head) ?? Number.POSITIVE_INFINITY) <= SHORT;
    this.#answer = new GuardedAnswer(guard, exchange, running, this);
    this.#passing = passing;
    this.#owner = owner;
    this.#status = status;
    this.#head = withoutBytes(head);
    this.#kept = isShort && !exchange.receipt.streamed ? [] : undefined;
  }

  /** Whoever listens to events wants to know that somebody will speak. */
  begin(): void {
    const { receipt, response } = this.#passing.exchange;
    if (!receipt.streamed) return;
    this.#writeHead(undefined);
    response.flushHeaders();
  }

  /** False asks for a pause. */
  push(chunk: Buffer): boolean {
    return this.#answer.push(chunk);
  }

  /** What is left to be told, with its head before it; undefined where nothing is to be told. */
  async end(): Promise<Buffer | undefined> {
    return (await this.#answer.end()) ? Buffer.concat(this.#kept ?? []) : undefined;
  }

  /** Tells the last of it. */
  tell(rest: Buffer): void {
    this.#writeHead(this.#kept === undefined ? undefined : rest.length);
    this.#passing.exchange.response.end(rest);
  }

  let(bytes: Buffer): boolean {
    if (this.#owner.isOver) return true;
    if (this.#kept !== undefined) {
      this.#kept.push(bytes);
      return true;
    }
    this.#writeHead(undefined);
    return this.#passing.exchange.response.write(bytes);
  }

  block(guardrail: Guardrail): void {
    this.#owner.block(guardrail);
  }

  #writeHead(length: number | undefined): void {
    const { response, receipt } = this.#passing.exchange;
    if (response.headersSent) return;
    this.#owner.commit();
    const fields = [...this.#head, ...guardrailField(receipt)];
    if (length !== undefined) fields.push('content-length', String(length));
    response.writeHead(this.#status, fields);
  }
}
