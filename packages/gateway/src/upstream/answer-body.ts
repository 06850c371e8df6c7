import {
  structuredWatch,
  StructuredText,
  type OutStream,
  type Translation,
  type WholeTranslation,
  unknownUsage,
  wires,
  type StreamWatch,
  type Usage,
  type Operation,
  type ProviderDialect,
} from '@vitalgate/dialects';
import type { Sink } from './answer-source.ts';
import { broken, type Verdict } from './classify.ts';
import { HeldBytes } from './held-bytes.ts';
import { readRefusal, type Refusal } from './refusal.ts';
import { readWhole } from './whole-answer.ts';

/** An unfinished event is held back up to this; then it passes, and a cut stays visible as one. */
const HOLD_EVENT_BYTES = 1024 * 1024;

/** Of a large whole answer, this much of its end is kept to read the usage from. */
const TAIL_BYTES = 4096;

export const EMPTY: Buffer = Buffer.alloc(0);

/** How an answer was asked for, and is to be told. */
export interface AnswerOptions {
  readonly dialect: ProviderDialect;
  readonly operation: Operation;
  readonly streamed: boolean;
  /** Takes out of a refusal what its reader must not see. */
  readonly hide?: (text: string) => string;
  /** It was asked for JSON, and is looked at for it. */
  readonly isToBeJson?: boolean;
  /** Undefined where bytes pass as they are. */
  readonly translation: Translation | WholeTranslation | undefined;
}

/** The body of one answer: what is seen in it, what of it is held back, and what is handed on. */
export class AnswerBody {
  /** Of a stream, once it has begun. */
  watch: StreamWatch | undefined;
  readonly held: HeldBytes = new HeldBytes();
  /** Events of a stream, when they were last looked at. */
  seenEvents = 0;
  readonly #options: AnswerOptions;
  /** Set where the watch also translates what it sees. */
  #translated: OutStream | undefined;
  #usage: Usage = unknownUsage;
  #tail: Buffer = EMPTY;
  readonly #structured: StructuredText | undefined;
  #isStructured: boolean | undefined;

  constructor(options: AnswerOptions) {
    this.#options = options;
    this.#structured = options.isToBeJson === true ? new StructuredText() : undefined;
  }

  /** Tokens the answer has told so far. */
  get usage(): Usage {
    return this.watch?.usage ?? this.#usage;
  }

  /** Whether an answer that was to be JSON is; undefined where nobody asked or can say. */
  get isStructured(): boolean | undefined {
    return this.watch?.finished === true ? this.#structured?.isStructured : this.#isStructured;
  }

  /** What leaves is made of what comes, event by event. */
  get isTranslatedStream(): boolean {
    return this.#translated !== undefined;
  }

  /** It is translated when all of it is there. */
  get isHeldWhole(): boolean {
    return this.#options.translation !== undefined && !this.#options.streamed;
  }

  /** False where it is of another type than was asked for. */
  begin(type: string | undefined): boolean {
    const { streamed, dialect, translation } = this.#options;
    const wire = wires[dialect];
    if (!streamed) return type === undefined || JSON_TYPE.test(type);
    if (type !== undefined && !wire.streamTypes.some((one) => type.toLowerCase().startsWith(one))) {
      return false;
    }
    this.#translated = translation?.stream?.(this.#structured);
    this.watch =
      this.#translated ??
      (this.#structured && structuredWatch(dialect, this.#structured)) ??
      wire.watch();
    return true;
  }

  /** Of a stream, comments and halves of events are none: they can be sent for ever. */
  isProgress(): boolean {
    if (this.watch === undefined) return true;
    const seen = this.seenEvents;
    this.seenEvents = this.watch.events;
    return this.seenEvents > seen;
  }

  /** What the caller is to be given of a piece that was seen. */
  told(chunk: Buffer): Buffer {
    return this.#translated?.take() ?? chunk;
  }

  end(): void {
    this.watch?.end();
    if (this.#translated !== undefined) this.held.add(this.#translated.take());
  }

  /**
   * What is wrong with an answer whose bytes have all come, if anything.
   *
   * @param isHeld none of them was handed on
   */
  judgeEnd(isHeld: boolean, isEmpty: boolean): Verdict | undefined {
    const { watch } = this;
    if (watch !== undefined) {
      if (watch.failed !== undefined) return broken.inStream;
      if (!watch.started || (watch.finished && !watch.hasContent)) return broken.empty;
      return watch.finished ? undefined : broken.truncated;
    }
    if (isEmpty) return broken.empty;
    if (!isHeld) {
      this.#usage = wires[this.#options.dialect].usageOf(this.#tail);
      return undefined;
    }
    const answer = readWhole(this.held.take(), this.#options);
    this.#usage = answer.usage;
    this.#isStructured = answer.isStructured;
    if (!Buffer.isBuffer(answer.told)) return answer.told;
    this.held.add(answer.told);
    return undefined;
  }

  /** What an error answer says, of which the caller is told what it may know. */
  refusal(verdict: Verdict, status: number): Refusal {
    const body = this.#hidden(this.held.take());
    const told = this.#options.translation?.failure(body.toString(), status);
    this.held.add(told ?? body);
    return readRefusal(verdict, status, body);
  }

  /** A refusal may quote what it was sent, our credential too. */
  #hidden(body: Buffer): Buffer {
    const text = body.toString();
    const safe = this.#options.hide?.(text) ?? text;
    return safe === text ? body : Buffer.from(safe);
  }

  /** An error event may quote our credential as well; then ours alone says what it is. */
  passIfHarmless(sink: Sink, piece: Buffer): void {
    this.held.add(piece);
    const bytes = this.held.take();
    if (this.#hidden(bytes) === bytes) this.pass(sink, bytes, false);
  }

  /** Hands whole events on, and keeps the unfinished one back. */
  pass(sink: Sink, chunk: Buffer, isLast: boolean): boolean {
    let bytes = chunk;
    if (this.held.bytes > 0) {
      if (chunk.length > 0) this.held.add(chunk);
      bytes = this.held.take();
    }
    if (this.watch === undefined) {
      this.#tail = Buffer.concat([this.#tail.subarray(-TAIL_BYTES), bytes.subarray(-TAIL_BYTES)]);
    } else if (this.#translated === undefined && !isLast && bytes.length < HOLD_EVENT_BYTES) {
      const end = wires[this.#options.dialect].endOfLastFrame(bytes);
      if (end < bytes.length) {
        this.held.add(bytes.subarray(end));
        bytes = bytes.subarray(0, end);
      }
    }
    if (bytes.length === 0) return true;
    return sink.data(bytes, isLast || this.watch?.finished === true);
  }

  /** Where a reason to stop is all the end there is, it counts once nothing more comes. */
  isWholeAsItIs(): boolean {
    if (this.watch?.finished === false) {
      this.watch.end();
      if (this.#translated?.finished === true) this.held.add(this.#translated.take());
    }
    // Some servers say the word that ends a stream behind the error that ended it.
    return this.watch?.finished === true && this.watch.failed === undefined;
  }
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/i;
