import { Failure } from '@vitalgate/contract';
import { FormatError } from '@vitalgate/formats';
import { apiGuardFor, unreadBy } from '../guard/api-answer.ts';
import type { Guardrail } from '../guard/guardrail.ts';
import { conclude } from '../request/conclude.ts';
import { blocked, guardrailField } from '../request/guard.ts';
import type { ApiTarget } from './api.ts';
import { isBodiless, mappedAnswerHead } from './answer-head.ts';
import { passableTrailers } from './fields.ts';
import { readsAnswers } from './guard.ts';
import { GuardedResponse } from './guarded-response.ts';
import { lengthIn, remadeHead, SWITCHING, switchingHead, valueIn } from './head-lines.ts';
import { heldAnswer, toldOf, type HeldAnswer } from './held-answer.ts';
import { answerHeaders, isEventStream } from './incoming.ts';
import { isPlain } from './message.ts';
import type { Passing } from './passing.ts';
import { EventPlace, endRefused } from './refused.ts';
import { ConvertedAnswer, convertedType, type Conversion } from './records.ts';
import { answerAsRecords, directionOf } from './shape.ts';

/** What has come of an answer that has to wait for its head to be mapped. */
interface WaitingAnswer {
  readonly chunks: Buffer[];
  /** Undefined while it goes on. */
  trailers: readonly Buffer[] | undefined;
}

/** One answer on its way back: passed on as it comes, held, converted, or read by guardrails. */
export class Answer {
  readonly #passing: Passing;
  readonly #status: number;
  /** Bytes that its upstream has given of its body. */
  bytes = 0;
  /** Its head has left, and no other answer can take its place. */
  isCommitted = true;
  #isDropped = false;
  #held: HeldAnswer | undefined;
  /** One whose records are carried over as they come. */
  #converted: ConvertedAnswer | undefined;
  #waiting: WaitingAnswer | undefined;
  #guarded: GuardedResponse | undefined;
  /** Bytes that are still to come; undefined where it does not say. */
  #left: number | undefined;
  #hasFlushed = false;
  /** Of a stream that is passed on as it comes. */
  #events: EventPlace | undefined;

  constructor(passing: Passing, status: number) {
    this.#passing = passing;
    this.#status = status;
  }

  get isOver(): boolean {
    return this.#isDropped || this.#passing.isOver;
  }

  /** It takes what comes at a pace of its own, and says itself when there is room. */
  get hasOwnPace(): boolean {
    return this.#converted !== undefined;
  }

  /** @param state of the cache, where there is one */
  begin(headers: readonly Buffer[], target: ApiTarget, state: string | undefined): void {
    const { exchange, running } = this.#passing;
    const { receipt, matched, upgrade } = exchange;
    const status = this.#status;
    receipt.status = status;
    receipt.streamed = isEventStream(headers);
    const head = answerHeaders(exchange, target, status, headers, running);
    if (state !== undefined) head.push('x-vitalgate-cache', state);
    const held = heldAnswer(this.#passing, status, head);
    if (held !== undefined) {
      this.#hold(held, head);
      return;
    }
    this.#left = lengthIn(head);
    if (receipt.streamed) {
      head.push('x-accel-buffering', 'no');
      // One of a length has no room for another event.
      if (this.#left === undefined) this.#events = new EventPlace();
    }
    if (status === SWITCHING) {
      // node:http would frame what follows as a body.
      upgrade?.socket.write(switchingHead(head));
      return;
    }
    if (matched.api.headMappings[directionOf(status)] !== undefined) {
      this.isCommitted = false;
      this.#waiting = { chunks: [], trailers: undefined };
      void this.#mapHead(this.#waiting, head);
      return;
    }
    this.#sendHead(head);
  }

  /** False asks for a pause. */
  push(chunk: Buffer): boolean {
    if (this.#held !== undefined) return this.#keep(this.#held, chunk);
    if (this.#waiting !== undefined) {
      this.#waiting.chunks.push(chunk);
      return false;
    }
    this.bytes += chunk.length;
    if (this.#converted !== undefined) return this.#converted.push(chunk);
    if (this.#guarded !== undefined) return this.#guarded.push(chunk);
    this.#hasFlushed = true;
    const { response } = this.#passing.exchange;
    if (this.#left === undefined) {
      this.#events?.heed(chunk);
      return response.write(chunk);
    }
    this.#left -= chunk.length;
    if (this.#left > 0) return response.write(chunk);
    // The ledger has it before the caller does.
    this.#conclude();
    response.end(chunk);
    return true;
  }

  end(trailers: readonly Buffer[]): void {
    const { response } = this.#passing.exchange;
    if (this.#held !== undefined) {
      void this.#carryOver(this.#held);
      return;
    }
    if (this.#converted !== undefined) {
      this.#converted.end();
      return;
    }
    if (this.#waiting !== undefined) {
      this.#waiting.trailers = trailers;
      return;
    }
    if (this.#guarded !== undefined) {
      void this.#endGuarded(this.#guarded);
      return;
    }
    if (!response.writableEnded) {
      this.#conclude();
      if (trailers.length > 0) response.addTrailers(passableTrailers(trailers));
      response.end();
    }
    this.#passing.finish();
  }

  /** Nothing more of it is told. */
  drop(): void {
    this.#isDropped = true;
    this.#converted?.destroy();
  }

  commit(): void {
    this.isCommitted = true;
  }

  readonly #flushHead = (): void => {
    if (!this.#hasFlushed && !this.isOver) this.#passing.exchange.response.flushHeaders();
  };

  #sendHead(head: string[]): void {
    if (this.#mustGuard(head)) return;
    this.isCommitted = true;
    this.#passing.exchange.response.writeHead(this.#status, head);
    // A head that comes alone is passed on alone; one that comes with its body leaves with it.
    queueMicrotask(this.#flushHead);
  }

  /** Passes an answer on once its head is known. */
  async #mapHead(waiting: WaitingAnswer, head: readonly string[]): Promise<void> {
    const { exchange } = this.#passing;
    let told: string[];
    try {
      told = await mappedAnswerHead(exchange, this.#status, head, null);
    } catch (error) {
      if (!this.isOver) this.#breakOff(error);
      return;
    }
    // Another upstream may have been asked meanwhile.
    if (this.isOver) return;
    this.#waiting = undefined;
    this.#sendHead(told);
    let mayGoOn = true;
    for (const chunk of waiting.chunks) mayGoOn = this.push(chunk);
    if (waiting.trailers !== undefined) this.end(waiting.trailers);
    else if (mayGoOn) this.#passing.resume();
  }

  /** Nothing is promised before it can be read. */
  #hold(held: HeldAnswer, head: readonly string[]): void {
    const { exchange, prepared } = this.#passing;
    const { shape } = prepared;
    const { status, from, contentType } = held;
    this.isCommitted = false;
    const conversion =
      shape &&
      from &&
      !held.isChecked &&
      !readsAnswers(exchange) &&
      answerAsRecords(shape, { status, from, contentType, head });
    if (conversion) this.#converted = this.#convert(conversion, head);
    else this.#held = held;
  }

  #keep(held: HeldAnswer, chunk: Buffer): boolean {
    this.bytes += chunk.length;
    held.chunks.push(chunk);
    if (this.bytes <= this.#passing.running.config.server.maxBody) return true;
    this.#passing.cancel();
    this.#passing.giveUp(
      new Failure('upstream_error', 'the answer is too large to be carried over'),
    );
    return true;
  }

  async #carryOver(held: HeldAnswer): Promise<void> {
    const { response, receipt } = this.#passing.exchange;
    try {
      const told = await toldOf(held, this.#passing, (guardrail) => this.block(guardrail));
      if (told === undefined || this.isOver) return;
      this.isCommitted = true;
      this.#conclude();
      response.writeHead(held.status, [...told.fields, ...guardrailField(receipt)]);
      response.end(told.bytes);
      this.#passing.finish();
    } catch (error) {
      if (!this.isOver) this.#passing.giveUp(asUnreadable(error));
    }
  }

  #convert(conversion: Conversion, head: readonly string[]): ConvertedAnswer {
    const { exchange } = this.#passing;
    const { response } = exchange;
    return new ConvertedAnswer({
      conversion,
      response,
      onRoom: () => this.#passing.resume(),
      onBegin: async () => {
        const told = await mappedAnswerHead(exchange, this.#status, head, null);
        if (this.isOver) return;
        this.isCommitted = true;
        response.writeHead(this.#status, remadeHead(told, convertedType(conversion)));
      },
      onWhole: () => {
        this.#conclude();
        response.end();
        this.#passing.finish();
      },
      onFailed: (error) => this.#breakOff(error),
    });
  }

  /** The answer turned out to be none that could be carried over. */
  #breakOff(error: unknown): void {
    this.#passing.cancel();
    if (this.isCommitted) this.#passing.cut('upstream_error');
    else this.#passing.giveUp(asUnreadable(error));
  }

  /** Whether guardrails read the answer before any of it is passed on. */
  #mustGuard(head: readonly string[]): boolean {
    const { exchange } = this.#passing;
    if (isBodiless(exchange, this.#status) || !readsAnswers(exchange)) return false;
    if (!isPlain(valueIn(head, 'content-encoding'))) {
      const blockedBy = unreadBy(exchange.guarding?.applied.answer.guardrails ?? []);
      this.isCommitted = false;
      if (blockedBy !== undefined) this.block(blockedBy);
      return blockedBy !== undefined;
    }
    const contentType = valueIn(head, 'content-type') ?? '';
    const guard = apiGuardFor(exchange, { contentType, isHeld: false });
    if (guard === undefined) return false;
    this.isCommitted = false;
    this.#guarded = new GuardedResponse(guard, this.#passing, this, this.#status, head);
    this.#guarded.begin();
    return true;
  }

  async #endGuarded(guarded: GuardedResponse): Promise<void> {
    const rest = await guarded.end();
    if (rest === undefined || this.isOver) return;
    this.#conclude();
    guarded.tell(rest);
    this.#passing.finish();
  }

  /** Nothing more of the answer leaves; what did leave was judged. */
  block(guardrail: Guardrail): void {
    if (!this.isOver) endRefused(this.#passing, blocked(guardrail, 'answer'), true);
  }

  /** Its caller may have no more of it. */
  refuse(failure: Failure): void {
    endRefused(this.#passing, failure, this.#events?.isBetween === true);
  }

  #conclude(): void {
    const { exchange, running } = this.#passing;
    const isWell = this.#status < 500;
    const reason = isWell ? undefined : `http_${this.#status}`;
    conclude(exchange, running, isWell ? 'completed' : 'failed', reason);
  }
}

const asUnreadable = (error: unknown): unknown =>
  error instanceof FormatError
    ? new Failure('upstream_error', `the answer cannot be carried over: ${error.message}`)
    : error;
