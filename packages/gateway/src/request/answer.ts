import { Failure } from '@vitalgate/contract';
import { guardFor, type AnswerGuard, type Released } from '../guard/answer-guard.ts';
import type { Guardrail } from '../guard/guardrail.ts';
import { unread } from '../guard/judge.ts';
import { wires } from '@vitalgate/dialects';
import type { Running } from '../running.ts';
import { unexpected } from './unexpected.ts';
import type { Asking } from '../cache/answers.ts';
import type { AnswerSource, Sink } from '../upstream/answer-source.ts';
import type { Verdict } from '../upstream/classify.ts';
import { readRateLimits, upstreamLimitFields } from '../upstream/rate-limit.ts';
import { commonHead, ofBytes, passHeaders } from './answer-head.ts';
import { credentialsSpent } from './choose.ts';
import { endOf, endOfAnswer, type Outcome } from './ending.ts';
import type { Answerer, Passage, Served, Understood } from './exchange.ts';
import { blocked, note } from './guard.ts';
import { failureHeader, refuse } from './refuse.ts';

/** Called once, when it is known how the request ends and before its last byte leaves. */
export type Conclude = (outcome: Outcome, reason: string | undefined) => void;

/** An answer that is there, and whose it is. */
export interface Said {
  readonly target: Answerer;
  readonly call: AnswerSource;
  /** Undefined for a remembered one, which is told as it was. */
  readonly passage?: Pick<Passage, 'translation'>;
  /** Undefined where its model remembers nothing. */
  readonly asking?: Asking | undefined;
}

/** Stage 8: says it in the caller's dialect. Resolves when the answer's last byte is handed on. */
export function answer(
  exchange: Understood,
  said: Said,
  running: Running,
  conclude: Conclude,
): Promise<void> {
  return new Promise((resolve) => {
    const { response } = exchange;
    const { call } = said;
    const answering = new Answering(exchange, said, running, conclude, resolve);
    exchange.served = answering;
    response.on('drain', () => call.resume());
    call.attach(answering);
  });
}

/** One answer on its way from an attempt to the caller. */
class Answering implements Sink, Served {
  readonly #exchange: Understood;
  readonly #said: Said;
  readonly #running: Running;
  readonly #conclude: Conclude;
  readonly #resolve: () => void;
  readonly #guard: AnswerGuard | undefined;
  /** What the guard has still to say, one after the other. */
  #guarding: Promise<void> = Promise.resolve();
  #isOver = false;
  /** What of the head belongs to the bytes. */
  #ofBytes: readonly string[] = [];

  constructor(
    exchange: Understood,
    said: Said,
    running: Running,
    conclude: Conclude,
    resolve: () => void,
  ) {
    this.#exchange = exchange;
    this.#said = said;
    this.#running = running;
    this.#conclude = conclude;
    this.#resolve = resolve;
    this.#guard = guardFor(exchange, exchange.receipt.streamed && said.call.status < 400);
  }

  data(chunk: Buffer, isLast: boolean): boolean {
    const { call, asking } = this.#said;
    const { receipt } = this.#exchange;
    if (call.firstByteAt !== undefined) receipt.firstMs ??= call.firstByteAt - call.startedAt;
    asking?.recorder?.push(chunk);
    try {
      if (this.#guard === undefined) return this.#write(chunk, isLast);
      const released = this.#judge(this.#guard, chunk);
      const mayGoOn = released.bytes.length === 0 || this.#write(released.bytes, false);
      if (isLast) this.#settle(this.#guard);
      return mayGoOn;
    } catch (error) {
      this.#break(error);
      return false;
    }
  }

  /** What may leave of an answer that is guarded. A guard that fails lets nothing pass. */
  #judge(guard: AnswerGuard, chunk: Buffer): Released {
    if (this.#isOver) return NOTHING;
    let released: Released;
    try {
      released = isEncoded(this.#said.call) ? this.#unreadable(chunk) : guard.push(chunk);
    } catch (error) {
      released = this.#unread(error);
    }
    return this.#heed(guard, released);
  }

  #heed(guard: AnswerGuard, released: Released): Released {
    note(guard.takeNotes(), this.#exchange, this.#running);
    if (released.blockedBy === undefined) return released;
    this.#block(released.blockedBy);
    return NOTHING;
  }

  #settle(guard: AnswerGuard): void {
    this.#later(async () => {
      if (this.#isOver) return;
      let released: Released;
      try {
        released = await guard.finish();
      } catch (error) {
        released = this.#unread(error);
      }
      const { bytes } = this.#heed(guard, released);
      if (bytes.length > 0 && !this.#isOver) this.#write(bytes, true);
    });
  }

  /** A compressed answer passes only where no guardrail minds. */
  #unreadable(chunk: Buffer): Released {
    const { guarding } = this.#exchange;
    return { bytes: chunk, blockedBy: unread(guarding?.applied.answer.guardrails ?? []) };
  }

  #unread(error: unknown): Released {
    const { id, guarding } = this.#exchange;
    this.#running.log.error({ err: error, request: id }, 'a guardrail failed on an answer');
    const { request, answer: guarded } = guarding?.applied ?? {};
    const blockedBy = [...(guarded?.guardrails ?? []), ...(request?.guardrails ?? [])][0];
    return { ...NOTHING, blockedBy };
  }

  #later(work: () => void | Promise<void>): void {
    this.#guarding = this.#guarding.then(work).catch((error: unknown) => this.#break(error));
  }

  /** Nothing more of it leaves. What did leave was judged, so a stream ends with an error event. */
  #block(guardrail: Guardrail): void {
    this.refuse(blocked(guardrail, 'answer'));
  }

  /** What is thrown here would be thrown at whoever brings the answer, or at nobody. */
  #break(error: unknown): void {
    const { response } = this.#exchange;
    const failure = unexpected(error, this.#exchange, this.#running);
    if (this.#isOver) return;
    try {
      this.refuse(failure);
    } catch (second) {
      unexpected(second, this.#exchange, this.#running);
      response.destroy();
      this.#finish();
    }
  }

  refuse(failure: Failure): void {
    const { response, receipt } = this.#exchange;
    const { code, message, kind } = failure;
    const isTold = response.headersSent;
    if (!isTold) receipt.status = kind.status;
    this.#conclude(endOf(failure), code);
    this.#said.call.cancel();
    if (isTold) this.#breakOff({ code, status: kind.status, message });
    else refuse(this.#exchange, this.#running, failure);
    this.#finish();
  }

  /** A stream says why. Inside a whole JSON answer nothing can be told but that it is cut. */
  #breakOff(why: { readonly code: string; readonly status: number; readonly message: string }) {
    const { response, id, dialect, receipt, form } = this.#exchange;
    if (receipt.streamed && !response.writableEnded) {
      response.end(wires[dialect].writeStreamFailure({ ...why, requestId: id }, form));
    } else response.destroy();
  }

  #write(chunk: Buffer, isLast: boolean): boolean {
    const { response, receipt } = this.#exchange;
    const isWhole = isLast && !response.headersSent && !receipt.streamed;
    if (!response.headersSent) this.#writeHead(isWhole ? chunk.length : undefined);
    // The ledger has it before the caller does: a process killed now still knows what it served.
    if (isLast) this.#concludeWell();
    if (isWhole) {
      response.end(chunk);
      return true;
    }
    return response.write(chunk);
  }

  end(): void {
    if (this.#guard === undefined) return this.#endOrBreak();
    this.#settle(this.#guard);
    this.#later(() => this.#end());
  }

  #endOrBreak(): void {
    try {
      this.#end();
    } catch (error) {
      this.#break(error);
    }
  }

  #end(): void {
    if (this.#isOver) return;
    const { response } = this.#exchange;
    if (!response.headersSent) this.#writeHead(0);
    this.#remember();
    this.#concludeWell();
    response.end();
    this.#finish();
  }

  fail({ reason }: Verdict): void {
    const { response, receipt } = this.#exchange;
    const { target } = this.#said;
    if (this.#isOver) return;
    const what = `the answer of ${target.id} broke off (${reason})`;
    const isTold = response.headersSent;
    const untold = new Failure('upstream_error', `${what}; nothing of it was passed on`);
    if (!isTold) receipt.status = untold.kind.status;
    this.#conclude('failed', reason);
    // All that came may be with a guardrail still.
    if (isTold) {
      const message = `${what}; what came before is not whole`;
      this.#breakOff({ code: 'stream_interrupted', status: 502, message });
    } else refuse(this.#exchange, this.#running, untold);
    this.#finish();
  }

  abandon(): void {
    this.#conclude('abandoned', 'caller_left');
    this.#said.call.cancel();
    this.#finish();
  }

  #concludeWell(): void {
    const { verdict } = this.#said.call;
    const { fault, reason } = verdict;
    this.#conclude(endOfAnswer(fault), fault === undefined ? undefined : reason);
  }

  #finish(): void {
    this.#isOver = true;
    this.#exchange.served = undefined;
    this.#resolve();
  }

  /** The next who asks the same is answered from here; what was cut or refused is not kept. */
  #remember(): void {
    const { call, target, asking } = this.#said;
    if (call.status !== 200 || call.verdict.fault !== undefined || isEncoded(call)) return;
    asking?.recorder?.keep(target, this.#ofBytes, this.#running.clock.wall());
  }

  /**
   * Seconds until one of its targets is asked again, where all ask to wait: the last that did may have
   * asked for the longest time.
   */
  #spentS(): number | undefined {
    const { status, verdict } = this.#said.call;
    if (status !== 429 || verdict.fault !== 'quota') return undefined;
    return credentialsSpent(this.#running, this.#exchange.route)?.retryAfter;
  }

  #writeHead(length: number | undefined): void {
    const { response, receipt, dialect, form } = this.#exchange;
    const { call, target, passage, asking } = this.#said;
    const head = commonHead(this.#exchange, this.#running);
    head.push('x-vitalgate-target', target.id, 'x-vitalgate-attempts', String(receipt.attempts));
    const spentS = this.#spentS();
    passHeaders(call, head, spentS !== undefined);
    const { retryAfterMs } = call;
    const waits = call.status === 429 || call.status === 503;
    if (spentS !== undefined) head.push('retry-after', String(spentS));
    else if (waits && retryAfterMs !== undefined && !head.includes('retry-after')) {
      // Google says it in the body alone, where no other vendor's client looks.
      head.push('retry-after', String(Math.ceil(retryAfterMs / 1000)));
    }
    if (passage?.translation !== undefined) {
      const limits = readRateLimits((name) => call.header(name), this.#running.clock.wall());
      head.push(...upstreamLimitFields(limits));
      const isStream = receipt.streamed && call.status < 400 && form !== 'array';
      const type = isStream ? wires[dialect].streamTypes[0] : 'application/json';
      head.push('content-type', type);
      if (call.status >= 400) head.push(...failureHeader(dialect, call.status));
      const lost = passage.translation.losses.header();
      if (lost !== undefined) head.push('x-vitalgate-warnings', lost);
    }
    this.#ofBytes = ofBytes(head);
    if (asking !== undefined) head.push('x-vitalgate-cache', asking.state);
    if (asking?.found !== undefined) {
      const ageMs = Math.max(0, this.#running.clock.wall() - asking.found.at);
      head.push(...asking.found.head, 'age', String(Math.floor(ageMs / 1000)));
    }
    if (length !== undefined) head.push('content-length', String(length));
    receipt.status = call.status;
    response.writeHead(call.status, head);
  }
}

const NOTHING: Released = { bytes: Buffer.alloc(0), blockedBy: undefined };

/** We ask for plain answers; one that is compressed all the same cannot be read. */
const isEncoded = (call: AnswerSource): boolean =>
  (call.header('content-encoding') ?? 'identity') !== 'identity';
