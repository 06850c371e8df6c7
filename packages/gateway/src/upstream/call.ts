import {
  AnswerError,
  isStructured,
  structuredWatch,
  StructuredText,
  MALFORMED,
  TOO_LONG,
  type OutStream,
  type Translation,
  type WholeTranslation,
  unknownUsage,
  wires,
  type StreamWatch,
  type Usage,
  type ProviderDialect,
} from '@vitalgate/dialects';
import type { Clock } from '@vitalgate/health';
import type { Dispatcher } from 'undici';
import { broken, classifyError, classifyStatus, refine, served, type Verdict } from './classify.ts';
import type { AnswerSource, Sink } from './answer-source.ts';
import type { Deadlines, Due } from './deadlines.ts';
import { readRetryAfter, readRetryDelay } from './retry-after.ts';

/** Whole answers up to this are held back until they are complete, so that a cut one can be replaced. */
const HOLD_BYTES = 1024 * 1024;

/** An unfinished event is held back up to this; then it passes, and a cut stays visible as one. */
const HOLD_EVENT_BYTES = 1024 * 1024;

/** A whole answer that is translated is held until it is complete, up to this. */
const TRANSLATE_BYTES = 32 * 1024 * 1024;

/** Of a large whole answer, this much of its end is kept to read the usage from. */
const TAIL_BYTES = 4096;

/** Of an error answer, this much is read for what it means. */
const REFINE_BYTES = 8192;

const EMPTY: Buffer = Buffer.alloc(0);

/** undici wants a reason to abort; nobody reads it. */
const CANCELLED: Error = new DOMException('the attempt was cancelled', 'AbortError');

export interface CallTimeouts {
  readonly connectMs: number;
  readonly firstMs: number;
  readonly idleMs: number;
  /** Clock milliseconds after which the request as a whole is given up. */
  readonly deadlineAt: number;
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
  /** Settles once: the answer may be promised, or the attempt has failed (see `verdict`). */
  readonly settled: Promise<void>;

  #retryDelayMs: number | undefined;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #timeouts: CallTimeouts;
  readonly #dialect: ProviderDialect;
  readonly #streamed: boolean;
  readonly #translation: Translation | WholeTranslation | undefined;
  /** Set where the watch also translates what it sees. */
  #translated: OutStream | undefined;
  #phase: Phase = 'connecting';
  #settle: () => void = () => {};
  #controller: Dispatcher.DispatchController | undefined;
  #watch: StreamWatch | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #sink: Sink | undefined;
  #paused = false;
  #usage: Usage = unknownUsage;
  #tail: Buffer = EMPTY;
  readonly #onOver: () => void;
  readonly #structured: StructuredText | undefined;
  #isStructured: boolean | undefined;

  constructor(options: {
    clock: Clock;
    deadlines: Deadlines;
    timeouts: CallTimeouts;
    dialect: ProviderDialect;
    streamed: boolean;
    /** It was asked for JSON, and is looked at for it. */
    isToBeJson?: boolean;
    /** Undefined where bytes pass as they are. */
    translation: Translation | WholeTranslation | undefined;
    /** Called once, when the attempt no longer uses its provider. */
    onOver: () => void;
  }) {
    this.#clock = options.clock;
    this.#deadlines = options.deadlines;
    this.#timeouts = options.timeouts;
    this.#dialect = options.dialect;
    this.#streamed = options.streamed;
    this.#translation = options.translation;
    this.#onOver = options.onOver;
    this.#structured = options.isToBeJson === true ? new StructuredText() : undefined;
    this.startedAt = this.#clock.now();
    this.dueAt = this.#dueIn(this.#timeouts.connectMs);
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#deadlines.add(this);
  }

  /** Tokens the answer has told so far. */
  get usage(): Usage {
    return this.#watch?.usage ?? this.#usage;
  }

  /** Events of a stream so far; undefined for a whole answer. */
  get events(): number | undefined {
    return this.#watch?.events;
  }

  /** The dialect's terminal event has passed, or the whole answer has. */
  get isWhole(): boolean {
    return this.#watch?.finished ?? this.#phase === 'ended';
  }

  /** Whether an answer that was to be JSON is; undefined where nobody asked or can say. */
  get isStructured(): boolean | undefined {
    return this.#watch?.finished === true ? this.#structured?.isStructured : this.#isStructured;
  }

  /** The answer is told in another dialect than the provider's. */
  get isTranslated(): boolean {
    return this.#translation !== undefined;
  }

  /** It was answered over HTTP, whatever the answer. */
  get isAnswered(): boolean {
    return this.#phase === 'ended';
  }

  /** How long the provider asks to be left alone, in milliseconds. */
  get retryAfterMs(): number | undefined {
    return readRetryAfter((name) => this.header(name), this.#clock.wall()) ?? this.#retryDelayMs;
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
    const mayGoOn = this.#pass(EMPTY, ended);
    if (ended) sink.end();
    else if (mayGoOn) this.resume();
    else this.#pause();
  }

  /** The caller is ready for more. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.dueAt = this.#dueIn(this.#timeouts.idleMs);
    this.#controller?.resume();
  }

  /** Ends the attempt at once; the provider sees its connection close. */
  cancel(): void {
    if (this.#phase === 'ended' || this.#phase === 'failed') return;
    this.isCancelled = this.#phase !== 'connecting';
    this.#phase = 'failed';
    this.#release();
  }

  /** Ends it before it was sent: what proves who we are could not be had. */
  giveUp(verdict: Verdict): void {
    this.#break(verdict);
  }

  onDue(): void {
    // While paused it is the caller that has not taken anything for so long.
    if (this.#paused) this.#break(broken.slowReader);
    else if (this.dueAt >= this.#timeouts.deadlineAt) this.#break(broken.deadline);
    else if (this.#phase === 'connecting') this.#break(broken.connect);
    else this.#break(this.#phase === 'waiting' ? broken.timeout : broken.idle);
  }

  // undici's side

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#phase !== 'connecting') {
      controller.abort(CANCELLED);
      return;
    }
    this.#phase = 'waiting';
    this.dueAt = this.#dueIn(this.#timeouts.firstMs);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // 1xx answers announce the real one (RFC 9110, section 15.2).
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    this.verdict = classifyStatus(status);
    if (this.verdict.fault !== undefined) return;
    const type = this.header('content-type');
    const { streamTypes } = wires[this.#dialect];
    const isEvents = type === undefined || streamTypes.some((one) => type.startsWith(one));
    const isJson = type === undefined || /^application\/(?:[\w.-]+\+)?json\b/i.test(type);
    if (this.#streamed ? !isEvents : !isJson) {
      this.#break(broken.wrongType);
    } else if (this.#streamed) {
      this.#translated = this.#translation?.stream?.(this.#structured);
      this.#watch =
        this.#translated ??
        (this.#structured && structuredWatch(this.#dialect, this.#structured)) ??
        wires[this.#dialect].watch();
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#phase === 'failed') return;
    const now = this.#clock.now();
    this.receivedBytes += chunk.length;
    this.firstByteAt ??= now;
    this.longestPauseMs = Math.max(this.longestPauseMs, now - (this.lastByteAt ?? now));
    this.lastByteAt = now;
    if (this.#phase === 'ready') this.dueAt = this.#dueIn(this.#timeouts.idleMs, now);
    this.#watch?.push(chunk);
    const piece = this.#translated?.take() ?? chunk;
    if (this.#sink !== undefined) {
      const failed = this.#watch?.failed?.type;
      // The caller's parser would fail on it; an error event of ours says what it is.
      if (failed === MALFORMED) this.#break(broken.malformed);
      else if (failed === TOO_LONG) this.#break(broken.tooLarge);
      else if (this.#translated !== undefined && failed !== undefined) {
        this.#break(broken.inStream);
      } else if (!this.#pass(piece, false)) this.#pause();
      return;
    }
    this.#hold(piece);
    if (this.#phase === 'waiting') this.#mayBeReady();
    if (this.#phase === 'ready' && this.#heldBytes > HOLD_BYTES) this.#pause();
  }

  onResponseEnd(): void {
    if (this.#phase === 'failed') return;
    this.#watch?.end();
    if (this.#translated !== undefined) this.#hold(this.#translated.take());
    const failure = this.#judgeEnd();
    if (failure !== undefined) {
      this.#break(failure);
      return;
    }
    this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#phase === 'failed' || this.#phase === 'ended') return;
    const verdict = classifyError(error);
    // After the head, a closed connection is a broken answer, whatever the socket calls it.
    const isCut = this.status !== 0 && verdict.fault === 'network';
    this.#break(isCut ? broken.truncated : verdict);
  }

  #mayBeReady(): void {
    const watch = this.#watch;
    if (watch?.failed !== undefined) {
      this.#break(broken.inStream);
    } else if (watch?.hasContent === true) {
      this.#becomeReady();
    } else if (this.#heldBytes > (this.#isHeldWhole ? TRANSLATE_BYTES : HOLD_BYTES)) {
      // An error body of this size is not worth passing on.
      if (this.verdict.fault === undefined && !this.#isHeldWhole) this.#becomeReady();
      else this.#break(broken.tooLarge);
    }
  }

  get #isHeldWhole(): boolean {
    return this.#translation !== undefined && !this.#streamed;
  }

  #becomeReady(): void {
    this.#phase = 'ready';
    this.dueAt = this.#dueIn(this.#timeouts.idleMs);
    this.#settle();
  }

  /** What is wrong with an answer whose bytes have all come, if anything. */
  #judgeEnd(): Verdict | undefined {
    if (this.verdict.fault !== undefined) {
      const body = this.#takeHeld();
      const words = body.toString('utf8', 0, REFINE_BYTES);
      this.verdict = refine(this.verdict, this.status, words);
      this.#retryDelayMs = readRetryDelay(words);
      this.isAboutModel = /\bmodel/i.test(words);
      const { status } = this;
      this.#hold(this.#translation?.failure(body.toString(), status) ?? body);
      return undefined;
    }
    if (this.#watch !== undefined) {
      if (this.#watch.failed !== undefined) return broken.inStream;
      if (!this.#watch.started) return broken.empty;
      return this.#watch.finished ? undefined : broken.truncated;
    }
    if (this.firstByteAt === undefined) return broken.empty;
    if (this.#sink === undefined && this.#phase === 'waiting') {
      const body = this.#takeHeld();
      if (!looksWhole(body)) return broken.malformed;
      this.#usage = wires[this.#dialect].usageOf(body);
      if (this.#structured !== undefined)
        this.#isStructured = isStructured(this.#dialect, body.toString());
      const answer = this.#translation === undefined ? body : translated(this.#translation, body);
      if (answer === undefined) return broken.malformed;
      this.#hold(answer);
    } else {
      this.#usage = wires[this.#dialect].usageOf(this.#tail);
    }
    return undefined;
  }

  /** Hands whole events on, and keeps the unfinished one back. */
  #pass(chunk: Buffer, isLast: boolean): boolean {
    const sink = this.#sink as Sink;
    let bytes = chunk;
    if (this.#heldBytes > 0) {
      if (chunk.length > 0) this.#held.push(chunk);
      bytes = this.#takeHeld();
    }
    if (this.#watch === undefined) {
      this.#tail = Buffer.concat([this.#tail.subarray(-TAIL_BYTES), bytes.subarray(-TAIL_BYTES)]);
    } else if (this.#translated === undefined && !isLast && bytes.length < HOLD_EVENT_BYTES) {
      const end = wires[this.#dialect].endOfLastFrame(bytes);
      if (end < bytes.length) {
        this.#hold(bytes.subarray(end));
        bytes = bytes.subarray(0, end);
      }
    }
    if (bytes.length === 0) return true;
    return sink.data(bytes, isLast || this.#watch?.finished === true);
  }

  #finish(): void {
    this.#phase = 'ended';
    this.#release();
    if (this.#sink === undefined) return;
    this.#pass(EMPTY, true);
    this.#sink.end();
  }

  #pause(): void {
    this.#paused = true;
    this.dueAt = this.#dueIn(this.#timeouts.idleMs);
    this.#controller?.pause();
  }

  #takeHeld(): Buffer {
    const held = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }

  #dueIn(ms: number, now: number = this.#clock.now()): number {
    return Math.min(now + ms, this.#timeouts.deadlineAt);
  }

  #hold(chunk: Buffer): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
  }

  #break(verdict: Verdict): void {
    if (this.#phase === 'failed' || this.#phase === 'ended') return;
    // Some servers leave the connection open after the terminal event: nothing is missing then.
    if (this.#watch?.finished === true && this.#sink !== undefined) {
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
    this.#deadlines.delete(this);
    this.#controller?.abort(CANCELLED);
    this.#onOver();
    this.#settle();
  }
}

/** A whole answer in the caller's dialect, or undefined when the provider's is none. */
function translated(translation: Translation | WholeTranslation, body: Buffer): Buffer | undefined {
  try {
    return Buffer.from(translation.answer(body.toString()));
  } catch (error) {
    if (error instanceof AnswerError) return undefined;
    throw error;
  }
}

/** A whole JSON answer begins and ends like one; that finds cut bodies without parsing them. */
function looksWhole(body: Buffer): boolean {
  let first = 0;
  while (first < body.length && (body[first] as number) <= 0x20) first += 1;
  let last = body.length - 1;
  while (last > first && (body[last] as number) <= 0x20) last -= 1;
  return (
    (body[first] === 0x7b && body[last] === 0x7d) || (body[first] === 0x5b && body[last] === 0x5d)
  );
}
