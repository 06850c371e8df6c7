import type { DialectName } from './dialect-name.ts';
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
  const table = dialect === 'json' ? anyTextPlaces : textPlaces[dialect];
  return new Finder(table, bytes, from, to).find();
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

class Finder {
  readonly #table: TextPlaces;
  readonly #bytes: Buffer;
  readonly #to: number;
  #at: number;
  #texts: Text[] = [];
  #repeats: { start: number; end: number }[] = [];
  #ended: Place | typeof ALL | undefined;

  constructor(table: TextPlaces, bytes: Buffer, from: number, to: number) {
    this.#table = table;
    this.#bytes = bytes;
    this.#at = from;
    this.#to = to;
  }

  find(): FoundTexts | undefined {
    let place: Place | undefined = this.#table.isFree ? ALONE : undefined;
    let key = '';
    let isKeyNext = false;
    let depth = 0;
    const starts: number[] = [];
    const bytes = this.#bytes;
    for (;;) {
      const at = this.#skipSpace();
      if (at >= this.#to) break;
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        const end = endOfString(bytes, at, this.#to);
        if (end === -1 || place === undefined) return undefined;
        this.#at = end;
        if (isKeyNext) {
          key = nameIn(bytes, at, end);
          if (place.isFree) this.#add(at, end, 'name', key, place);
          isKeyNext = false;
        } else this.#string(at, end, place.isArray ? place.key : key, place);
      } else if (byte === 0x7b || byte === 0x5b) {
        if (depth === MAX_DEPTH) return undefined;
        const isArray = byte === 0x5b;
        const around: Place | undefined = place === ALONE ? undefined : place;
        const name: string = around === undefined ? '' : around.isArray ? around.key : key;
        place = {
          parent: around,
          key: name,
          isArray,
          isFree:
            this.#table.isFree === true ||
            (around !== undefined && (around.isFree || this.#table.free.has(name))),
          at: around?.isArray === true ? this.#count(around) : undefined,
          index: '',
        };
        starts[depth] = at;
        depth += 1;
        isKeyNext = !isArray;
        this.#at = at + 1;
      } else if (byte === 0x7d || byte === 0x5d) {
        if (depth === 0 || place === undefined) return undefined;
        if (place.isArray !== (byte === 0x5d)) return undefined;
        depth -= 1;
        this.#at = at + 1;
        if (/^logprobs(?:Result)?$/.test(place.key) && place.parent?.key !== place.key) {
          this.#repeats.push({ start: starts[depth] as number, end: this.#at });
        }
        place = place.parent;
        isKeyNext = false;
      } else if (byte === 0x2c) {
        isKeyNext = place !== undefined && !place.isArray;
        this.#at = at + 1;
      } else if (byte === 0x3a) {
        this.#at = at + 1;
      } else {
        const end = this.#endOfScalar(at);
        if (end === at || place === undefined) return undefined;
        if (this.#table.isFree === true && !isScalar(bytes, at, end)) return undefined;
        this.#scalar(at, end, key, place);
        this.#at = end;
      }
    }
    if (depth !== 0) return undefined;
    // Where a choice's number stands behind its end, it is known only now.
    const ended = typeof this.#ended === 'object' ? groupAt(this.#ended) : this.#ended;
    return { texts: this.#named(), repeats: this.#repeats, ended };
  }

  /** Elements of an array are numbered as they open. */
  readonly #counts = new Map<Place, number>();
  #count(array: Place): number {
    const count = this.#counts.get(array) ?? 0;
    this.#counts.set(array, count + 1);
    return count;
  }

  #string(start: number, end: number, key: string, place: Place): void {
    if (place.isFree) return this.#add(start, end, 'text', key, place);
    if (/^(?:finish_?|stop_?|done_)reason$/i.test(key)) {
      this.#ended = place.key === 'choices' || place.key === 'candidates' ? place : ALL;
    } else if (key === 'type' && place.parent === undefined && isEnd(this.#bytes, start, end)) {
      this.#ended = ALL;
    }
    if (protocolFields.has(key) && end - start <= LONGEST_PROTOCOL_BYTES) return;
    if (sealedFields.has(key)) return;
    if (key === 'data' && mediaHolders.has(place.key)) return;
    if ((key === 'url' || key === 'image_url') && isDataUrl(this.#bytes, start)) return;
    const isTool = key === 'name' && toolHolders.has(place.key);
    const isJson = key === 'arguments' || key === 'partial_json' || isToolInput(key, place);
    this.#add(start, end, isTool ? 'tool' : isJson ? 'arguments' : 'text', key, place);
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
    return this.#texts.map((text) =>
      text.kind === 'text' || text.kind === 'arguments'
        ? this.#table.isDelta(text.key, text.place)
          ? { ...text, channel: channelOf(text) }
          : text
        : text,
    );
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

const isDataUrl = (bytes: Buffer, start: number): boolean =>
  bytes.toString('latin1', start + 1, start + 6).toLowerCase() === 'data:';
