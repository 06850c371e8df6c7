import { FAILED_STOP, MALFORMED, TOO_LONG, type Usage } from '@vitalgate/dialects';
import type { Clock } from '@vitalgate/health';
import type { Dispatcher } from 'undici';
import { AnswerBody, EMPTY, type AnswerOptions } from './answer-body.ts';
import type { AnswerSource, Sink } from './answer-source.ts';
import { broken, classifyError, classifyStatus, served, type Verdict } from './classify.ts';
import type { Deadlines, Due } from './deadlines.ts';
import type { Door } from './door.ts';
import { readRateLimits, untilRefilled } from './rate-limit.ts';
import { readRetryAfter } from './retry-after.ts';

/** Whole answers up to this are held back until they are complete, so that a cut one can be replaced. */
const HOLD_BYTES = 1024 * 1024;

/** A whole answer that is translated is held until it is complete, up to this. */
const TRANSLATE_BYTES = 32 * 1024 * 1024;

/** A connection that its server had closed ends sooner; what ends later may have been worked on. */
const REUSE_MS = 1000;

/** Each time one connection fewer is left. */
const MOST_RESENDS = 3;

/** undici wants a reason to abort; nobody reads it. */
const CANCELLED: Error = new DOMException('the attempt was cancelled', 'AbortError');

export interface CallTimeouts {
  readonly connectMs: number;
  readonly firstMs: number;
  /** After so long without a byte it is late (see `turned`); absent: never before it is given up. */
  readonly patienceMs?: number;
  readonly idleMs: number;
  /** Clock milliseconds after which the request as a whole is given up. */
  readonly deadlineAt: number;
  /** Events of a stream, each about a token, after which it is taken for one without an end. */
  readonly mostEvents?: number;
}

export interface CallOptions extends AnswerOptions {
  readonly clock: Clock;
  /** Through which it goes. */
  readonly door: Pick<Door, 'isResolving' | 'mayResend' | 'wasReused'>;
  readonly deadlines: Deadlines;
  readonly timeouts: CallTimeouts;
  /** Called once, when the attempt no longer uses its provider. */
  readonly onOver: () => void;
}

type Phase = 'connecting' | 'waiting' | 'ready' | 'ended' | 'failed';

/**
 * One attempt at one target, as an undici handler. It decides when an answer is good enough to be
 * promised to the caller: a stream at its first content, anything else when it is complete.
 */
export class UpstreamCall implements Dispatcher.DispatchHandler, Due, AnswerSource {
  status = 0;
  headers: Readonly<Record<string, string | string[] | undefined>> = {};
  dueAt: number;
  /** Clock milliseconds at which the first byte of the body arrived. */
  firstByteAt: number | undefined;
  /** Clock milliseconds of the last piece of the body, and the longest pause between two. */
  lastByteAt: number | undefined;
  longestPauseMs = 0;
  /** It was sent, and given up by us, not by the provider. */
  isCancelled = false;
  /** Bytes of the body so far. */
  receivedBytes = 0;
  verdict: Verdict = served;
  /** An error answer speaks of the model. */
  isAboutModel = false;
  readonly startedAt: number;
  /** Resolves once it has settled or is late, whichever comes first. */
  readonly turned: Promise<void>;
  /** The answer may be promised, or the attempt has failed (see `verdict`). */
  isSettled = false;

  #retryDelayMs: number | undefined;
  readonly #options: CallOptions;
  readonly #body: AnswerBody;
  #phase: Phase = 'connecting';
  #turn: () => void = () => {};
  #settled: Promise<void> | undefined;
  #tellSettled: () => void = () => {};
  /** Clock milliseconds; infinite once that was told. */
  #lateAt: number;
  #controller: Dispatcher.DispatchController | undefined;
  #sink: Sink | undefined;
  #paused = false;
  #send: () => number = () => 0;
  #number = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #resends = 0;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#body = new AnswerBody(options);
    this.startedAt = options.clock.now();
    this.#lateAt = this.startedAt + (options.timeouts.patienceMs ?? Number.POSITIVE_INFINITY);
    this.dueAt = Math.min(this.#dueIn(options.timeouts.connectMs), this.#lateAt);
    this.turned = new Promise((resolve) => {
      this.#turn = resolve;
    });
    options.deadlines.add(this);
  }

  /** Resolves once: see `isSettled`. */
  get settled(): Promise<void> {
    if (this.isSettled) return this.turned;
    this.#settled ??= new Promise((resolve) => {
      this.#tellSettled = resolve;
    });
    return this.#settled;
  }

  /** Tokens the answer has told so far. */
  get usage(): Usage {
    return this.#body.usage;
  }

  /** It reached the provider, or a connection to it at least. */
  get isSent(): boolean {
    return this.#sentAt > Number.NEGATIVE_INFINITY;
  }

  /** Events of a stream so far; undefined for a whole answer. */
  get events(): number | undefined {
    return this.#body.watch?.events;
  }

  /** The dialect's terminal event has passed, or the whole answer has. */
  get isWhole(): boolean {
    return this.#body.watch?.finished ?? this.#phase === 'ended';
  }

  /** Whether an answer that was to be JSON is; undefined where nobody asked or can say. */
  get isStructured(): boolean | undefined {
    return this.#body.isStructured;
  }

  /** The answer is told in another dialect than the provider's. */
  get isTranslated(): boolean {
    return this.#options.translation !== undefined;
  }

  /** It was answered over HTTP, whatever the answer. */
  get isAnswered(): boolean {
    return this.#phase === 'ended';
  }

  /** How long the provider asks to be left alone, in milliseconds. */
  get retryAfterMs(): number | undefined {
    const told = (name: string) => this.header(name);
    const wall = this.#options.clock.wall();
    const asked = readRetryAfter(told, wall) ?? this.#retryDelayMs;
    return asked ?? (this.status === 429 ? untilRefilled(readRateLimits(told, wall)) : undefined);
  }

  header(name: string): string | undefined {
    const value = this.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** Commits: what is held goes to the sink, and all that follows. */
  attach(sink: Sink): void {
    this.#sink = sink;
    if (this.#phase === 'failed') return sink.fail(this.verdict);
    const ended = this.#phase === 'ended';
    const mayGoOn = this.#body.pass(sink, EMPTY, ended);
    if (ended) sink.end();
    else if (this.#body.watch?.failed !== undefined) this.#break(broken.inStream);
    else if (mayGoOn) this.resume();
    else this.#pause();
  }

  /** The caller is ready for more. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.dueAt = this.#dueIn(this.#options.timeouts.idleMs);
    this.#controller?.resume();
  }

  /** Ends the attempt at once; the provider sees its connection close. */
  cancel(): void {
    if (this.#phase === 'ended' || this.#phase === 'failed') return;
    this.isCancelled = this.#phase !== 'connecting';
    this.#phase = 'failed';
    this.#release();
  }

  /** Sends it; `send` does so once more where the connection was already closed at the other end. */
  sendBy(send: () => number): void {
    this.#send = send;
    this.#number = send();
  }

  /** Ends it before it was sent: what proves who we are could not be had. */
  giveUp(verdict: Verdict): void {
    this.#break(verdict);
  }

  onDue(): void {
    if (this.#turnsLate()) return;
    // While paused it is the caller that has not taken anything for so long.
    if (this.#paused) this.#break(broken.slowReader);
    else if (this.dueAt >= this.#options.timeouts.deadlineAt) this.#break(broken.deadline);
    else if (this.#phase === 'connecting') {
      this.#break(this.#options.door.isResolving ? broken.resolve : broken.connect);
    } else {
      const isSilent = this.#phase === 'waiting' && this.#body.watch?.hasContent !== true;
      this.#break(isSilent ? broken.timeout : broken.idle);
    }
  }

  /** Whoever waits for it may do something else beside; its own deadline is another. */
  #turnsLate(): boolean {
    if (this.isSettled || this.dueAt !== this.#lateAt) return false;
    const { connectMs, firstMs } = this.#options.timeouts;
    const isUnheard = this.firstByteAt === undefined;
    this.#lateAt = Number.POSITIVE_INFINITY;
    this.dueAt =
      this.#phase === 'connecting'
        ? this.#dueIn(connectMs, this.startedAt)
        : this.#dueIn(firstMs, this.#sentAt);
    if (isUnheard) this.#turn();
    return true;
  }

  #settle(): void {
    this.isSettled = true;
    this.#turn();
    this.#tellSettled();
  }

  // undici's side

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#phase !== 'connecting') {
      controller.abort(CANCELLED);
      return;
    }
    this.#phase = 'waiting';
    this.#sentAt = this.#options.clock.now();
    const firstAt = this.#dueIn(this.#options.timeouts.firstMs, this.#sentAt);
    this.dueAt = Math.min(firstAt, this.#lateAt);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // 1xx answers announce the real one (RFC 9110, section 15.2).
    if (status < 200) return;
    this.#options.door.mayResend = true;
    this.status = status;
    this.headers = headers;
    this.verdict = classifyStatus(status);
    if (this.verdict.fault !== undefined) return;
    if (!this.#body.begin(this.header('content-type'))) this.#break(broken.wrongType);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#phase === 'failed') return;
    const now = this.#options.clock.now();
    this.receivedBytes += chunk.length;
    this.firstByteAt ??= now;
    this.longestPauseMs = Math.max(this.longestPauseMs, now - (this.lastByteAt ?? now));
    this.lastByteAt = now;
    const body = this.#body;
    body.watch?.push(chunk);
    const isProgress = body.isProgress();
    if (isProgress && this.#phase === 'ready') {
      this.dueAt = this.#dueIn(this.#options.timeouts.idleMs, now);
    }
    if (body.seenEvents > (this.#options.timeouts.mostEvents ?? Number.POSITIVE_INFINITY)) {
      this.#break(broken.endless);
      return;
    }
    const piece = body.told(chunk);
    if (this.#sink !== undefined) {
      const failed = body.watch?.failed?.type;
      // The caller's parser would fail on it; an error event of ours says what it is.
      if (failed === MALFORMED) this.#break(broken.malformed);
      else if (failed === TOO_LONG) this.#break(broken.tooLarge);
      // It would take the reason for an end like any other, and not hear ours.
      else if (failed === FAILED_STOP) this.#break(broken.inStream);
      else if (failed !== undefined) {
        // The provider's own words come first. It may leave the connection open behind them. A word
        // that ends the stream would make it a whole one.
        if (!body.isTranslatedStream && body.watch?.finished !== true) {
          body.passIfHarmless(this.#sink, piece);
        }
        this.#break(broken.inStream);
      } else if (!body.pass(this.#sink, piece, false)) this.#pause();
      return;
    }
    body.held.add(piece);
    if (this.#phase === 'waiting') this.#mayBeReady(isProgress);
    if (this.#phase === 'ready' && body.held.bytes > HOLD_BYTES) this.#pause();
  }

  onResponseEnd(): void {
    if (this.#phase === 'failed') return;
    this.#body.end();
    const failure = this.#judgeEnd();
    if (failure !== undefined) {
      this.#break(failure);
      return;
    }
    this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#phase === 'failed' || this.#phase === 'ended') return;
    if (this.#wasClosedBefore(error)) {
      this.#resends += 1;
      this.#options.door.mayResend = false;
      this.#phase = 'connecting';
      this.dueAt = this.#dueIn(this.#options.timeouts.connectMs);
      this.#number = this.#send();
      return;
    }
    const verdict = classifyError(error);
    // After the head, a closed connection is a broken answer, whatever the socket calls it.
    const isCut = this.status !== 0 && verdict.fault === 'network';
    this.#break(isCut ? broken.truncated : verdict);
  }

  /** Nobody has seen the request: it came to a connection that was kept for it, and was no more. */
  #wasClosedBefore(error: Error): boolean {
    return (
      this.#phase === 'waiting' &&
      this.status === 0 &&
      (this.#resends === 0 ? this.#options.door.mayResend : this.#resends < MOST_RESENDS) &&
      this.#options.clock.now() - this.#sentAt < REUSE_MS &&
      this.#options.door.wasReused(error, this.#number)
    );
  }

  #mayBeReady(isProgress: boolean): void {
    const { watch, held, isHeldWhole } = this.#body;
    if (watch?.failed !== undefined) {
      this.#break(broken.inStream);
    } else if (watch?.hasContent === true) {
      // What is told in one piece (arguments, for callers of Gemini) is on its way: it can still be
      // replaced, and takes as long as it goes on.
      if (this.#body.isTranslatedStream && held.bytes === 0) {
        if (isProgress) this.dueAt = this.#dueIn(this.#options.timeouts.idleMs);
      } else this.#becomeReady();
    } else if (watch?.finished === true) {
      this.#break(broken.empty);
    } else if (held.bytes > (isHeldWhole ? TRANSLATE_BYTES : HOLD_BYTES)) {
      // An error body of this size is not worth passing on.
      if (this.verdict.fault === undefined && !isHeldWhole) this.#becomeReady();
      else this.#break(broken.tooLarge);
    }
  }

  #becomeReady(): void {
    this.#phase = 'ready';
    this.dueAt = this.#dueIn(this.#options.timeouts.idleMs);
    this.#settle();
  }

  /** What is wrong with an answer whose bytes have all come, if anything. */
  #judgeEnd(): Verdict | undefined {
    if (this.verdict.fault === undefined) {
      const isHeld = this.#sink === undefined && this.#phase === 'waiting';
      return this.#body.judgeEnd(isHeld, this.firstByteAt === undefined);
    }
    const refusal = this.#body.refusal(this.verdict, this.status);
    this.verdict = refusal.verdict;
    this.#retryDelayMs = refusal.retryDelayMs;
    this.isAboutModel = refusal.isAboutModel;
    return undefined;
  }

  #finish(): void {
    this.#phase = 'ended';
    this.#release();
    if (this.#sink === undefined) return;
    this.#body.pass(this.#sink, EMPTY, true);
    this.#sink.end();
  }

  #pause(): void {
    this.#paused = true;
    this.dueAt = this.#dueIn(this.#options.timeouts.idleMs);
    this.#controller?.pause();
  }

  #dueIn(ms: number, now: number = this.#options.clock.now()): number {
    return Math.min(now + ms, this.#options.timeouts.deadlineAt);
  }

  #break(verdict: Verdict): void {
    if (this.#phase === 'failed' || this.#phase === 'ended') return;
    // Some servers leave the connection open after the terminal event: nothing is missing then.
    if (this.#sink !== undefined && this.#body.isWholeAsItIs()) {
      this.#finish();
      return;
    }
    this.verdict = verdict;
    this.#phase = 'failed';
    this.#release();
    this.#sink?.fail(verdict);
  }

  /** Lets go of the deadline and of the connection; undici keeps it if the answer has ended. */
  #release(): void {
    this.#options.deadlines.delete(this);
    this.#controller?.abort(CANCELLED);
    this.#options.onOver();
    this.#settle();
  }
}
