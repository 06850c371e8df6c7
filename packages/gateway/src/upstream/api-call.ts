import type { Clock } from '@vitalgate/health';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { broken, classifyError, type Verdict } from './classify.ts';
import type { Deadlines, Due } from './deadlines.ts';
import type { Door } from './door.ts';

/** undici wants a reason to abort; nobody reads it. */
const CANCELLED: Error = new DOMException('the attempt was cancelled', 'AbortError');

/** What becomes of one attempt at an upstream, in the order in which it does. */
export interface ApiSink {
  /** An answer that announces the real one (RFC 9110, section 15.2). */
  interim(status: number, headers: readonly Buffer[]): void;
  /** Names and values in turn, as they came. */
  head(status: number, headers: readonly Buffer[]): void;
  /** False asks for a pause, until `resume` is called. */
  data(chunk: Buffer): boolean;
  end(trailers: readonly Buffer[]): void;
  /** The connection is no longer one of HTTP; it belongs to whoever is told. */
  upgraded(headers: readonly Buffer[], socket: Duplex): void;
  fail(verdict: Verdict): void;
}

export interface ApiTimeouts {
  readonly connectMs: number;
  readonly headMs: number;
  /** After which a head is late, and `onLate` is told; none unless given. */
  readonly patienceMs?: number;
  readonly idleMs: number;
  /** Clock milliseconds after which the exchange as a whole is given up; infinite for none. */
  readonly deadlineAt: number;
}

type Phase = 'connecting' | 'sending' | 'waiting' | 'answering' | 'over';

/**
 * One attempt at one upstream, as an undici handler. It keeps time and says what went wrong; what an
 * answer is worth is decided by its sink.
 */
export class ApiCall implements Dispatcher.DispatchHandler, Due {
  dueAt: number;
  readonly startedAt: number;
  readonly #clock: Clock;
  readonly #door: Pick<Door, 'isResolving'>;
  readonly #deadlines: Deadlines;
  readonly #timeouts: ApiTimeouts;
  readonly #sink: ApiSink;
  readonly #onLate: ((call: ApiCall) => void) | undefined;
  readonly #onOver: () => void;
  #phase: Phase = 'connecting';
  #controller: Dispatcher.DispatchController | undefined;
  #isPaused = false;
  /** Clock milliseconds; infinite once that was told. */
  #lateAt = Number.POSITIVE_INFINITY;
  #headDueAt = Number.POSITIVE_INFINITY;
  #settled: Promise<void> | undefined;
  #tellSettled: () => void = () => {};

  constructor(options: {
    /** Through which it goes. */
    readonly door: Pick<Door, 'isResolving'>;
    readonly clock: Clock;
    readonly deadlines: Deadlines;
    readonly timeouts: ApiTimeouts;
    readonly sink: ApiSink;
    /** The request has left whole, and its head is late. */
    readonly onLate?: (call: ApiCall) => void;
    /** Called once, when the attempt no longer uses its upstream. */
    readonly onOver: () => void;
  }) {
    this.#clock = options.clock;
    this.#door = options.door;
    this.#deadlines = options.deadlines;
    this.#timeouts = options.timeouts;
    this.#sink = options.sink;
    this.#onLate = options.onLate;
    this.#onOver = options.onOver;
    this.startedAt = this.#clock.now();
    this.dueAt = this.#dueIn(this.#timeouts.connectMs);
    this.#deadlines.add(this);
  }

  /** Its head has come, or will not. */
  get isSettled(): boolean {
    return this.#phase === 'answering' || this.#phase === 'over';
  }

  /** Resolves once it is settled. */
  get settled(): Promise<void> {
    if (this.isSettled) return Promise.resolve();
    this.#settled ??= new Promise((resolve) => {
      this.#tellSettled = resolve;
    });
    return this.#settled;
  }

  /** The caller is ready for more. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.dueAt = this.#dueIn(this.#timeouts.idleMs);
    this.#controller?.resume();
  }

  /** Ends the attempt at once; the upstream sees its connection close. */
  cancel(): void {
    if (this.#phase === 'over') return;
    this.#finish();
    this.#controller?.abort(CANCELLED);
  }

  /** Ends the attempt as failed. */
  break(verdict: Verdict): void {
    if (this.#phase === 'over') return;
    this.cancel();
    this.#sink.fail(verdict);
  }

  onDue(): void {
    if (this.#phase === 'waiting' && this.#lateAt < this.#headDueAt) {
      this.#lateAt = Number.POSITIVE_INFINITY;
      this.dueAt = this.#headDueAt;
      this.#onLate?.(this);
      return;
    }
    if (this.#isPaused) this.break(broken.slowReader);
    else if (this.dueAt >= this.#timeouts.deadlineAt) this.break(broken.deadline);
    else if (this.#phase === 'connecting') {
      this.break(this.#door.isResolving ? broken.resolve : broken.connect);
    } else this.break(this.#phase === 'answering' ? broken.idle : broken.head);
  }

  // undici's side

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#phase !== 'connecting') {
      controller.abort(CANCELLED);
      return;
    }
    this.#phase = 'sending';
    // How long a body may take is between the caller and us, and watched there.
    this.dueAt = this.#timeouts.deadlineAt;
  }

  onRequestSent(): void {
    if (this.#phase !== 'sending') return;
    this.#phase = 'waiting';
    this.#headDueAt = this.#dueIn(this.#timeouts.headMs);
    this.#lateAt = this.#clock.now() + (this.#timeouts.patienceMs ?? Number.POSITIVE_INFINITY);
    this.dueAt = Math.min(this.#headDueAt, this.#lateAt);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#phase === 'over') return;
    const headers = (controller.rawHeaders ?? []) as Buffer[];
    if (status < 200) {
      this.#sink.interim(status, headers);
      return;
    }
    this.#phase = 'answering';
    this.#tellSettled();
    this.dueAt = this.#dueIn(this.#timeouts.idleMs);
    this.#sink.head(status, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#phase === 'over') return;
    this.dueAt = this.#dueIn(this.#timeouts.idleMs);
    if (this.#sink.data(chunk)) return;
    this.#isPaused = true;
    controller.pause();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#phase === 'over') return;
    this.#finish();
    this.#sink.end((controller.rawTrailers ?? []) as Buffer[]);
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    _status: number,
    _headers: unknown,
    socket: Duplex,
  ): void {
    if (this.#phase === 'over') {
      socket.destroy();
      return;
    }
    this.#deadlines.delete(this);
    this.#phase = 'over';
    this.#tellSettled();
    this.#sink.upgraded((controller.rawHeaders ?? []) as Buffer[], socket);
    socket.once('close', this.#onOver);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#phase === 'over') return;
    const wasAnswering = this.#phase === 'answering';
    this.#finish();
    const verdict = classifyError(error);
    // After the head, a closed connection is a broken answer, whatever the socket calls it.
    this.#sink.fail(wasAnswering && verdict.fault === 'network' ? broken.truncated : verdict);
  }

  #dueIn(ms: number): number {
    return Math.min(this.#clock.now() + ms, this.#timeouts.deadlineAt);
  }

  #finish(): void {
    this.#phase = 'over';
    this.#tellSettled();
    this.#deadlines.delete(this);
    this.#onOver();
  }
}
