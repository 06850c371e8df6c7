import type { DialectName } from './dialect-name.ts';
import { base64In, holdsText } from './seals.ts';
import {
  anyTextPlaces,
  LONGEST_PROTOCOL_BYTES,
  mediaHolders,
  protocolFields,
  sealedFields,
  textPlaces,
  toolHolders,
  type Place,
  type TextPlaces,
} from './text-places.ts';

/**
 * Finds the text in a JSON body without parsing it, with the bytes where each piece stands, so that
 * a piece can be read, or changed, and nothing else is touched (RFC 8259). Every string is text
 * unless its dialect says that it is a word of the protocol, a seal, or media.
 */
export interface Text {
  /** The bytes of the value, quotes included. */
  readonly start: number;
  readonly end: number;
  readonly kind: TextKind;
  readonly key: string;
  readonly place: Place;
  /** A piece of a longer text, in a stream; those with the same name belong together. */
  readonly channel: string | undefined;
  /** Characters before the base64 of a text, as in a `data:` URL; undefined where it is no base64. */
  readonly base64From?: number;
}

/**
 * `arguments` is JSON inside a string, `number` a number of many digits, `name` a field's name that
 * the caller or the model chose, `tool` the name of a tool.
 */
export type TextKind = 'text' | 'arguments' | 'number' | 'name' | 'tool';

export interface FoundTexts {
  readonly texts: readonly Text[];
  /** Values that repeat the text in a form of their own (`logprobs`); null says the same less. */
  readonly repeats: readonly { readonly start: number; readonly end: number }[];
  /** What this piece of a stream says is over: one choice, or everything begun so far. */
  readonly ended: string | undefined;
}

/** A choice or candidate of a stream ends alone; `ALL` are all blocks. */
export const ALL = '*';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Shorter numbers hold nothing that anybody looks for. */
const LEAST_DIGITS = 9;
const MAX_DEPTH = 512;

/** Where a text stands that is all there is. */
const ALONE: Place = {
  parent: undefined,
  key: '',
  isArray: true,
  isFree: true,
  at: undefined,
  index: '',
};

/**
 * `json` is JSON of no dialect, in which every string is text.
 * Undefined when the bytes are no JSON as far as one can tell without parsing: what cannot be read
 * must not be taken for harmless.
 */
export function findTexts(
  dialect: DialectName | 'json',
  bytes: Buffer,
  from = 0,
  to: number = bytes.length,
): FoundTexts | undefined {
  const finding = new TextFinding(dialect, bytes, from, to);
  while (!finding.isOver) finding.goOn();
  return finding.found;
}

/** Where a text stands, in the caller's own words: `messages[2].content`. */
export function pathOf({ place, key }: Text): string {
  let path = place.isArray ? '' : key;
  for (let at: Place | undefined = place; at?.parent !== undefined; at = at.parent) {
    const step = at.at === undefined ? at.key : `[${at.at}]`;
    path = path === '' || path.startsWith('[') ? step + path : `${step}.${path}`;
  }
  return path;
}

/** The choice or candidate that a piece of a stream belongs to. */
export function groupOf(channel: string): string {
  return channel.slice(0, channel.indexOf(' '));
}

/** Values and marks of JSON that are read at once. */
const AT_ONCE = 2048;

/** Finds the text in a JSON body a bit at a time: one with thousands of messages takes a while. */
export class TextFinding {
  /** Whether all is read. */
  isOver = false;
  /** What `findTexts` gives, once all is read. */
  found: FoundTexts | undefined;
  readonly #table: TextPlaces;
  readonly #bytes: Buffer;
  readonly #to: number;
  #at: number;
  #texts: Text[] = [];
  #repeats: { start: number; end: number }[] = [];
  #ended: Place | typeof ALL | undefined;
  #place: Place | undefined;
  #key = '';
  #isKeyNext = false;
  #depth = 0;
  readonly #starts: number[] = [];
  /** The tools that were last given a type, and a name. */
  #typedTool: { readonly start: number; readonly end: number; readonly place: Place } | undefined;
  #namedTool: Place | undefined;
  /** It is an event of Responses with a piece of a call's arguments. */
  #isOfArguments = false;

  constructor(dialect: DialectName | 'json', bytes: Buffer, from = 0, to: number = bytes.length) {
    this.#table = dialect === 'json' ? anyTextPlaces : textPlaces[dialect];
    this.#bytes = bytes;
    this.#at = from;
    this.#to = to;
    this.#place = this.#table.isFree ? ALONE : undefined;
  }

  /** Reads on for well under a millisecond, but for the length of a string. */
  goOn(): void {
    for (let i = 0; i < AT_ONCE; i += 1) {
      const at = this.#skipSpace();
      if (at < this.#to && this.#take(at)) continue;
      this.isOver = true;
      if (at >= this.#to && this.#depth === 0) this.found = this.#all();
      return;
    }
  }

  #all(): FoundTexts {
    // Where a choice's number stands behind its end, it is known only now.
    const ended = typeof this.#ended === 'object' ? groupAt(this.#ended) : this.#ended;
    return { texts: this.#named(), repeats: this.#repeats, ended };
  }

  /** Takes what stands at a place; false where it is no JSON. */
  #take(at: number): boolean {
    const bytes = this.#bytes;
    const place = this.#place;
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      const end = endOfString(bytes, at, this.#to);
      if (end === -1 || place === undefined) return false;
      this.#at = end;
      if (this.#isKeyNext) {
        this.#key = nameIn(bytes, at, end);
        this.#name(at, end, this.#key, place);
        this.#isKeyNext = false;
      } else this.#string(at, end, place.isArray ? place.key : this.#key, place);
    } else if (byte === 0x7b || byte === 0x5b) {
      if (this.#depth === MAX_DEPTH) return false;
      this.#open(at, byte === 0x5b);
    } else if (byte === 0x7d || byte === 0x5d) {
      if (this.#depth === 0 || place === undefined) return false;
      if (place.isArray !== (byte === 0x5d)) return false;
      this.#close(at, place);
    } else if (byte === 0x2c) {
      this.#isKeyNext = place !== undefined && !place.isArray;
      this.#at = at + 1;
    } else if (byte === 0x3a) {
      this.#at = at + 1;
    } else {
      const end = this.#endOfScalar(at);
      if (end === at || place === undefined) return false;
      if (this.#table.isFree === true && !isScalar(bytes, at, end)) return false;
      this.#scalar(at, end, this.#key, place);
      this.#at = end;
    }
    return true;
  }

  #open(at: number, isArray: boolean): void {
    const around = this.#place === ALONE ? undefined : this.#place;
    const name = around === undefined ? '' : around.isArray ? around.key : this.#key;
    this.#place = {
      parent: around,
      key: name,
      isArray,
      isFree:
        this.#table.isFree === true ||
        (around !== undefined && (around.isFree || this.#table.free.has(name))),
      at: around?.isArray === true ? this.#count(around) : undefined,
      index: '',
    };
    this.#starts[this.#depth] = at;
    this.#depth += 1;
    this.#isKeyNext = !isArray;
    this.#at = at + 1;
  }

  #close(at: number, place: Place): void {
    // One that the vendor has is declared by its type alone.
    const tool = this.#typedTool;
    if (tool?.place === place && this.#namedTool !== place)
      this.#add(tool.start, tool.end, 'tool', 'type', place);
    this.#depth -= 1;
    this.#at = at + 1;
    const isRepeat = place.key === 'logprobs' || place.key === 'logprobsResult';
    if (isRepeat && place.parent?.key !== place.key) {
      this.#repeats.push({ start: this.#starts[this.#depth] as number, end: this.#at });
    }
    this.#place = place.parent;
    this.#isKeyNext = false;
  }

  /** Elements of an array are numbered as they open. */
  readonly #counts = new Map<Place, number>();
  #count(array: Place): number {
    const count = this.#counts.get(array) ?? 0;
    this.#counts.set(array, count + 1);
    return count;
  }

  #name(start: number, end: number, key: string, place: Place): void {
    if (place.isFree || end - start > LONGEST_PROTOCOL_BYTES)
      return this.#add(start, end, 'name', key, place);
    const isTool = place.key === 'tools' && this.#table.listsTools?.has(key) === false;
    if (isTool) this.#add(start, end, 'tool', key, place);
  }

  #string(start: number, end: number, key: string, place: Place): void {
    if (place.isFree) return this.#add(start, end, 'text', key, place);
    if (key === 'type') this.#type(start, end, place);
    // Some say "" until it is.
    if (reasons.has(key.toLowerCase()) && end - start > 2) {
      this.#ended = place.key === 'choices' || place.key === 'candidates' ? place : ALL;
    } else if (key === 'type' && place.parent === undefined && isEnd(this.#bytes, start, end)) {
      this.#ended = ALL;
    }
    if (protocolFields.has(key) && end - start <= LONGEST_PROTOCOL_BYTES) return;
    const isSealed = sealedFields.has(key) || (key === 'data' && mediaHolders.has(place.key));
    if (isSealed || key === 'url' || key === 'image_url') {
      const base64From = base64In(this.#bytes, start, end);
      if (base64From === 0 ? isSealed : base64From !== undefined) {
        return this.#sealed(start, end, key, place, base64From ?? 0);
      }
      // Too short to tell: it is read as what it is, and as what it may hide.
      if (isSealed && end - start <= LONGEST_PROTOCOL_BYTES)
        this.#sealed(start, end, key, place, 0);
    }
    const isTool = key === 'name' && toolHolders.has(place.key);
    if (isTool) this.#namedTool = place;
    // Two arguments that come in pieces are two texts.
    if (key === 'jsonPath') place.index += `/${this.#bytes.toString('latin1', start, end)}`;
    const isJson = key === 'arguments' || key === 'partial_json' || isToolInput(key, place);
    this.#add(start, end, isTool ? 'tool' : isJson ? 'arguments' : 'text', key, place);
  }

  #type(start: number, end: number, place: Place): void {
    const type = this.#bytes.toString('latin1', start + 1, end - 1);
    if (place.key === 'tools' && !ofCallers.has(type)) this.#typedTool = { start, end, place };
    if (place.parent === undefined && type.includes('arguments')) this.#isOfArguments = true;
  }

  /** Media and seals are no text, but for a document that is one. */
  #sealed(start: number, end: number, key: string, place: Place, base64From: number): void {
    if (!holdsText(this.#bytes, start, end, base64From)) return;
    this.#texts.push({ start, end, kind: 'text', key, place, channel: undefined, base64From });
  }

  #scalar(start: number, end: number, key: string, place: Place): void {
    const first = this.#bytes[start] as number;
    if (key === 'index' || key === 'contentBlockIndex' || key.endsWith('_index')) {
      place.index += `/${this.#bytes.toString('latin1', start, end)}`;
    }
    if (key === 'done' && first === 0x74 && place.parent === undefined) this.#ended = ALL;
    if (key === 'thought' && first === 0x74) place.index += '/thought';
    const isLong = end - start >= LEAST_DIGITS && first < 0x3a;
    if (isLong && place.isFree) this.#add(start, end, 'number', key, place);
  }

  #add(start: number, end: number, kind: TextKind, key: string, place: Place): void {
    if (end - start <= 2) return;
    this.#texts.push({ start, end, kind, key, place, channel: undefined });
  }

  /** Which channel a piece belongs to may be told behind it. */
  #named(): readonly Text[] {
    return this.#texts.map((text) => {
      const isPiece =
        (text.kind === 'text' || text.kind === 'arguments') &&
        text.base64From === undefined &&
        this.#table.isDelta(text.key, text.place);
      if (!isPiece) return text;
      const isJson = this.#isOfArguments && text.key === 'delta' && text.place.parent === undefined;
      return { ...text, kind: isJson ? 'arguments' : text.kind, channel: channelOf(text) };
    });
  }

  #skipSpace(): number {
    let at = this.#at;
    while (at < this.#to && (this.#bytes[at] as number) <= 0x20) at += 1;
    return at;
  }

  #endOfScalar(start: number): number {
    let at = start;
    while (at < this.#to) {
      const byte = this.#bytes[at] as number;
      if (byte <= 0x20 || byte === 0x2c || byte === 0x5d || byte === 0x7d || byte > 0x7a) break;
      at += 1;
    }
    return at;
  }
}

/** What is none may be anything to a reader that is less strict. */
const isScalar = (bytes: Buffer, start: number, end: number): boolean =>
  /^(?:true|false|null|-?\d[\d.eE+-]*)$/.test(bytes.toString('latin1', start, end));

/** Fields that say why an answer is over. */
const reasons: ReadonlySet<string> = new Set([
  'finish_reason',
  'finishreason',
  'stop_reason',
  'stopreason',
  'done_reason',
]);

/** Tools that callers define, and name. */
const ofCallers: ReadonlySet<string> = new Set(['function', 'custom']);

const isToolInput = (key: string, place: Place): boolean =>
  key === 'input' && (place.key === 'toolUse' || place.key === 'custom');

function channelOf({ key, place }: Text): string {
  let name = '';
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) {
    name += `.${at.key}${at.index}`;
  }
  return `${groupAt(place)} ${key}${name}`;
}

function groupAt(place: Place): string {
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) {
    if (at.key === 'choices' || at.key === 'candidates') return at.index;
  }
  return '';
}

/** Offset after the closing quote, or -1. */
function endOfString(bytes: Buffer, start: number, to: number): number {
  for (let quote = bytes.indexOf(QUOTE, start + 1); ; quote = bytes.indexOf(QUOTE, quote + 1)) {
    if (quote === -1 || quote >= to) return -1;
    let backslashes = 0;
    while (bytes[quote - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
}

function nameIn(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('latin1', start + 1, end - 1);
  if (!text.includes('\\')) return text;
  try {
    return JSON.parse(bytes.toString('utf8', start, end)) as string;
  } catch {
    return text;
  }
}

/** Events that say that a block is whole: Anthropic's, and those of OpenAI's Responses. */
function isEnd(bytes: Buffer, start: number, end: number): boolean {
  const type = bytes.toString('latin1', start + 1, end - 1);
  return type === 'content_block_stop' || type.endsWith('.done') || type === 'response.completed';
}
