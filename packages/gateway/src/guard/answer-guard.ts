import {
  ALL,
  framerOf,
  groupOf,
  pathOf,
  type Edit,
  type Framer,
  type StreamFrame,
} from '@vitalgate/dialects';
import type { Guardrail, Note } from './guardrail.ts';
import {
  judge,
  judgeSize,
  judgeTool,
  isTakenOut,
  nameOf,
  noteOf,
  replacement,
  unread,
  type Judging,
} from './judge.ts';
import type { Arrived } from '../request/exchange.ts';
import { valueOf, writtenAs, type BodyText } from './body-text.ts';
import { dialectReading, type Reading } from './reading.ts';
import type { Hit } from './hit.ts';
import { Scanner } from './scanner.ts';
import { askAll } from './webhook.ts';

/** What may leave now, and who says that the rest may not. */
export interface Released {
  readonly bytes: Buffer;
  readonly blockedBy: Guardrail | undefined;
}

/** Stands between an answer and its caller. */
export interface AnswerGuard {
  /** What was found since this was last asked. */
  takeNotes(): readonly Note[];
  /** Takes what has come. */
  push(chunk: Buffer): Released;
  /** The answer is over: judges what was held. */
  finish(): Promise<Released>;
}

/** A whole answer larger than this cannot be judged, and a guardrail that blocks refuses it. */
const MOST_WHOLE = 32 * 1024 * 1024;
/** Of a stream, no more than this waits; what is larger cannot be judged either. */
const MOST_QUEUED = 1024 * 1024;
/** A channel's open end is decided once another of its choice has said so much. */
const PATIENCE = 96;

const EMPTY: Buffer = Buffer.alloc(0);
const nothing: Released = { bytes: EMPTY, blockedBy: undefined };

/** Guards a whole answer: nothing leaves before all of it was judged. */
export class WholeGuard implements AnswerGuard {
  #notes: readonly Note[] = [];
  readonly #judging: Judging;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(judging: Judging) {
    this.#judging = judging;
  }

  takeNotes(): readonly Note[] {
    const notes = this.#notes;
    this.#notes = [];
    return notes;
  }

  push(chunk: Buffer): Released {
    // A copy: the upstream client may use the chunk's memory again.
    this.#chunks.push(Buffer.from(chunk));
    this.#size += chunk.length;
    if (this.#size <= MOST_WHOLE) return nothing;
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return { bytes, blockedBy: unread(this.#judging.guardrails) };
  }

  async finish(): Promise<Released> {
    const body = Buffer.concat(this.#chunks);
    this.#chunks = [];
    if (body.length === 0) return nothing;
    const judged = await judge(this.#judging, body);
    this.#notes = judged.notes;
    if (judged.blockedBy !== undefined) return { bytes: EMPTY, blockedBy: judged.blockedBy };
    const asked = await askAll(this.#judging, judged.texts);
    this.#notes = [...judged.notes, ...asked.notes];
    return { bytes: judged.bytes, blockedBy: asked.blockedBy };
  }
}

/** One text that comes in pieces. */
interface Channel {
  readonly scanner: Scanner;
  readonly group: string;
  /** Characters that have come, and that were decided. */
  pushed: number;
  decided: number;
  /** What others of its choice have said since it last did. */
  waited: number;
  /** The text from `keptFrom` on, and what is taken out of it, for frames that have not left. */
  kept: string;
  keptFrom: number;
  readonly hits: Hit[];
  /** So many of these have left. */
  left: number;
}

/** A part of a channel inside one frame. */
interface Piece {
  readonly text: BodyText;
  readonly channel: Channel;
  readonly start: number;
  readonly end: number;
}

interface Waiting {
  readonly frame: StreamFrame;
  readonly pieces: readonly Piece[];
  /** Changes of texts that are whole in this frame. */
  readonly edits: readonly Edit[];
  readonly repeats: readonly { readonly start: number; readonly end: number }[];
}

/**
 * Guards a stream. A frame leaves when all its text is decided, in the order in which the frames
 * came, and with its bytes unless something in it was taken out or put back.
 */
export class StreamGuard implements AnswerGuard {
  #notes: Note[] = [];
  readonly #judging: Judging;
  readonly #framer: Framer;
  readonly #channels = new Map<string, Channel>();
  /** Those with an end that is not decided: an upstream may begin thousands, and finish each. */
  readonly #open = new Set<Channel>();
  readonly #texts: string[] = [];
  readonly #asks: boolean;
  #queue: Waiting[] = [];
  #queued = 0;
  #characters = 0;
  #blockedBy: Guardrail | undefined;

  constructor(judging: Judging, framer: Framer) {
    this.#judging = judging;
    this.#framer = framer;
    this.#asks = judging.guardrails.some(({ webhook }) => webhook !== undefined);
  }

  takeNotes(): readonly Note[] {
    const notes = this.#notes;
    this.#notes = [];
    return notes;
  }

  push(chunk: Buffer): Released {
    for (const frame of this.#framer.push(chunk)) this.#take(frame);
    if (this.#queued + this.#framer.held > MOST_QUEUED) {
      this.#blockedBy ??= unread(this.#judging.guardrails);
    }
    return this.#release(false);
  }

  async finish(): Promise<Released> {
    for (const frame of this.#framer.end()) this.#take(frame);
    this.#end(ALL);
    if (this.#asks && this.#blockedBy === undefined) {
      const channels = [...this.#channels.values()].map(({ kept }) => kept);
      const asked = await askAll(this.#judging, [...this.#texts, ...channels]);
      this.#notes.push(...asked.notes);
      this.#blockedBy = asked.blockedBy;
    }
    return this.#release(true);
  }

  #take(frame: StreamFrame): void {
    const pieces: Piece[] = [];
    const edits: Edit[] = [];
    const repeats: { start: number; end: number }[] = [];
    const { read, guardrails } = this.#judging;
    const before = this.#characters;
    for (const [from, to] of frame.json) {
      const found = read(frame.bytes, from, to);
      if (found === undefined) {
        this.#blockedBy ??= unread(guardrails);
        continue;
      }
      repeats.push(...found.repeats);
      for (const text of found.texts) this.#read(frame, text, pieces, edits);
      if (found.ended !== undefined) this.#end(found.ended);
    }
    this.#queue.push({ frame, pieces, edits, repeats });
    this.#queued += frame.bytes.length;
    this.#blockedBy ??= judgeSize(guardrails, before, this.#characters, 'answer', this.#notes);
  }

  #read({ bytes }: StreamFrame, text: BodyText, pieces: Piece[], edits: Edit[]): void {
    if (text.base64From !== undefined) return;
    if (text.kind === 'tool') {
      this.#blockedBy ??= judgeTool(this.#judging, nameOf(bytes, text), pathOf(text), this.#notes);
    }
    const value = valueOf(bytes, text);
    if (value === undefined) {
      this.#blockedBy ??= unread(this.#judging.guardrails);
      return;
    }
    this.#characters += value.length;
    if (this.#judging.search.isEmpty && !this.#asks) return;
    if (text.channel === undefined || this.#standsAlone(value, text)) {
      if (this.#asks) this.#texts.push(value);
      this.#readWhole(value, text, edits);
      return;
    }
    const channel = this.#channel(text.channel, text);
    const start = channel.pushed;
    channel.pushed += value.length;
    channel.kept += value;
    channel.waited = 0;
    pieces.push({ text, channel, start, end: channel.pushed });
    this.#decide(channel, value, false);
    for (const other of this.#open) {
      if (other === channel || other.group !== channel.group) continue;
      other.waited += value.length;
      if (other.waited >= PATIENCE) this.#decide(other, '', true);
    }
  }

  /** Whether a piece has something in it that it would not have behind the last one. */
  #standsAlone(value: string, { kind }: BodyText): boolean {
    if (this.#judging.isApart !== true) return false;
    return new Scanner(this.#judging.search, kind).push(value, true).hits.length > 0;
  }

  #readWhole(value: string, text: BodyText, edits: Edit[]): void {
    const { hits } = new Scanner(this.#judging.search, text.kind).push(value, true);
    this.#note(hits, pathOf(text));
    const json = this.#changed(text, value, 0, hits);
    if (json !== undefined) edits.push({ start: text.start, end: text.end, json });
  }

  #channel(name: string, { kind }: BodyText): Channel {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = {
        scanner: new Scanner(this.#judging.search, kind),
        group: groupOf(name),
        pushed: 0,
        decided: 0,
        waited: 0,
        kept: '',
        keptFrom: 0,
        hits: [],
        left: 0,
      };
      this.#channels.set(name, channel);
    }
    return channel;
  }

  #decide(channel: Channel, value: string, isLast: boolean): void {
    const { decided, hits } = channel.scanner.push(value, isLast);
    if (channel.scanner.held > 0) this.#open.add(channel);
    else this.#open.delete(channel);
    const from = channel.decided;
    channel.decided += decided;
    if (hits.length === 0) return;
    const moved = hits.map((hit) => ({ ...hit, start: hit.start + from, end: hit.end + from }));
    this.#note(moved, 'answer');
    for (const hit of moved) if (isTakenOut(hit)) channel.hits.push(hit);
  }

  #note(hits: readonly Hit[], path: string): void {
    for (const hit of hits) {
      if (hit.guardrail === undefined) continue;
      this.#notes.push(noteOf(hit, hit.guardrail, 'answer', path));
      if (hit.guardrail.action === 'block') this.#blockedBy ??= hit.guardrail;
    }
  }

  /** One choice, or all that has begun, goes no further. */
  #end(group: string): void {
    for (const channel of this.#open) {
      if (group === ALL || channel.group === group) this.#decide(channel, '', true);
    }
  }

  #release(isLast: boolean): Released {
    if (this.#blockedBy !== undefined) {
      this.#queue = [];
      return { bytes: EMPTY, blockedBy: this.#blockedBy };
    }
    // Somebody else judges the text as a whole.
    if (this.#asks && !isLast) return nothing;
    const out: Buffer[] = [];
    let count = 0;
    for (const waiting of this.#queue) {
      const isDecided = waiting.pieces.every(({ channel, end }) => end <= channel.decided);
      if (!isDecided) break;
      out.push(this.#written(waiting));
      count += 1;
      this.#queued -= waiting.frame.bytes.length;
    }
    this.#queue.splice(0, count);
    const [first] = out;
    if (first === undefined) return nothing;
    return { bytes: out.length === 1 ? first : Buffer.concat(out), blockedBy: undefined };
  }

  #written({ frame, pieces, edits, repeats }: Waiting): Buffer {
    const changes = [...edits];
    for (const { text, channel, start, end } of pieces) {
      const value = channel.kept.slice(start - channel.keptFrom, end - channel.keptFrom);
      const json = this.#changed(text, value, start, channel.hits, channel);
      if (json !== undefined) changes.push({ start: text.start, end: text.end, json });
      // What has left is remembered only as far as a find reaches over its end.
      const { hits } = channel;
      while ((hits[channel.left]?.end ?? Number.POSITIVE_INFINITY) <= end) channel.left += 1;
      const keep = Math.min(end, hits[channel.left]?.start ?? end);
      // To move the others for each that leaves took as long as their number's square.
      if (channel.left * 2 >= hits.length) {
        hits.splice(0, channel.left);
        channel.left = 0;
      }
      channel.kept = channel.kept.slice(keep - channel.keptFrom);
      channel.keptFrom = keep;
    }
    if (changes.length === 0) return frame.bytes;
    for (const { start, end } of repeats) changes.push({ start, end, json: 'null' });
    return this.#framer.edit(frame, changes);
  }

  /** A piece with what was found in it, or reaches into it, replaced where it begins. */
  #changed(
    place: BodyText,
    value: string,
    from: number,
    hits: readonly Hit[],
    channel?: Channel,
  ): string | undefined {
    const end = from + value.length;
    let text = '';
    let at = from;
    let isChanged = false;
    for (let i = channel?.left ?? 0; i < hits.length; i += 1) {
      const hit = hits[i] as Hit;
      if (hit.start >= end) break;
      if (!isTakenOut(hit) || hit.end <= from) continue;
      isChanged = true;
      text += value.slice(at - from, Math.max(hit.start, from) - from);
      if (hit.start >= from) {
        const [whole, offset] =
          channel === undefined ? [value, from] : [channel.kept, channel.keptFrom];
        const found = { ...hit, start: hit.start - offset, end: hit.end - offset };
        text += replacement(found, whole, this.#judging, place.kind === 'arguments');
      }
      at = Math.min(hit.end, end);
    }
    return isChanged ? writtenAs(place, text + value.slice(at - from)) : undefined;
  }
}

/** A guard for an answer, or undefined where it may pass as it comes. */
export function guardFor(
  { guarding, dialect, form }: Pick<Arrived, 'guarding' | 'dialect' | 'form'>,
  isStream: boolean,
): AnswerGuard | undefined {
  const judging = judgingOf(guarding, dialectReading(dialect));
  if (judging === undefined) return undefined;
  return isStream ? new StreamGuard(judging, framerOf(dialect, form)) : new WholeGuard(judging);
}

/** How answers are judged; undefined where they may pass as they come. */
export function judgingOf(guarding: Arrived['guarding'], read: Reading): Judging | undefined {
  if (guarding === undefined) return undefined;
  const { applied, placeholders } = guarding;
  const { guardrails } = applied.answer;
  if (guardrails.length === 0 && placeholders.isEmpty) return undefined;
  const search = placeholders.isEmpty
    ? applied.answer.search
    : applied.answer.search.withPlaceholders(placeholders);
  return { read, side: 'answer', guardrails, search, placeholders };
}
