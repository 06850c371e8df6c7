import { isUtf8 } from 'node:buffer';
import { findTexts, framerOf, TextFinding, type Framer } from '@vitalgate/dialects';
import { boundaryOf } from '../apis/boundary.ts';
import { partsOf, type Part } from '../apis/parts.ts';
import type { Side } from './guardrail.ts';
import type { BodyText, BodyTexts, Coding } from './body-text.ts';
import type { Reading } from './reading.ts';

/** How the body of an HTTP API says its text. */
export type BodyKind =
  | 'json'
  | 'lines'
  | 'form'
  | 'multipart'
  | 'events'
  | 'text'
  | 'media'
  | 'packed';

/** Nobody reads these as text. */
const MEDIA =
  /^(?:image\/(?!svg)|audio\/|video\/|font\/|model\/|application\/(?:octet-stream|pdf|zip|gzip|x-gzip|x-tar|wasm|vnd\.(?:ms-|openxmlformats|oasis)))/;
/** They hold text that only a reader of theirs finds. */
const PACKED =
  /^application\/(?:(?:.+\+)?cbor|(?:x-|vnd\.)?msgpack|(?:x-)?protobuf|grpc|(?:x-)?avro)\b/;
const LINES = /^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines|json-seq|jsonlines)\b/;

export function bodyKindOf(contentType: string): BodyKind {
  const type = contentType.trim().toLowerCase();
  if (LINES.test(type)) return 'lines';
  if (/^(?:application|text)\/(?:[^;]+\+)?json\b/.test(type)) return 'json';
  if (/^text\/event-stream\b/.test(type)) return 'events';
  if (/^application\/x-www-form-urlencoded\b/.test(type)) return 'form';
  if (/^multipart\/form-data\b/.test(type)) return 'multipart';
  if (PACKED.test(type)) return 'packed';
  return MEDIA.test(type) ? 'media' : 'text';
}

/**
 * Finds the text of a whole body. What says that it is a picture and is text all the same is read
 * as text: an upstream may not care for what its callers say a body is.
 */
export function bodyReading(contentType: string, side: Side): Reading {
  const kind = bodyKindOf(contentType);
  const charset = /;\s*charset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? 'utf-8';
  const read = (bytes: Buffer, from = 0, to: number = bytes.length) => {
    const body = bytes.subarray(from, to);
    if (kind === 'packed') return undefined;
    if (kind === 'multipart') return partsIn(bytes, from, to, contentType);
    if (!isText(body)) return kind === 'media' ? none : undefined;
    // The same bytes are other characters there.
    if (!ASCII_BASED.test(charset) && kind !== 'media') return undefined;
    if (kind === 'form') return fieldsIn(bytes, from, to);
    if (kind === 'lines') return linesIn(bytes, from, to);
    if (kind === 'events') return eventsIn(bytes, from, to);
    if (kind === 'json') return findTexts('json', bytes, skipMark(bytes, from), to);
    const found = anything(bytes, from, to);
    return side === 'request' ? withEntities(bytes, found) : found;
  };
  if (kind !== 'json') return read;
  const inBits = (bytes: Buffer) =>
    isText(bytes) && ASCII_BASED.test(charset)
      ? new TextFinding('json', bytes, skipMark(bytes, 0))
      : undefined;
  return Object.assign(read, { inBits });
}

const ASCII_BASED = /^(?:utf-?8|us-ascii|ascii|iso-8859-\d+|windows-125\d|latin1)$/;

const none: BodyTexts = { texts: [], repeats: [], ended: undefined };

const place = { parent: undefined, key: '', isArray: true, isFree: true, at: undefined, index: '' };

const textAt = (
  start: number,
  end: number,
  key: string,
  coding: Coding,
  channel?: string,
): BodyText => ({
  start,
  end,
  kind: 'text',
  key,
  place: { ...place, isArray: key === '' },
  channel,
  coding,
});

/** UTF-16 and UTF-32 are full of zeros, and text has none. */
const isText = (bytes: Buffer): boolean => isUtf8(bytes) && !bytes.includes(0);

const skipMark = (bytes: Buffer, from: number): number => (bytes[from] === 0xef ? from + 3 : from);

/** JSON where it is JSON, whatever it says it is, and text otherwise. */
function anything(bytes: Buffer, from: number, to: number, channel?: string): BodyTexts {
  const first = bytes[from];
  if (first === 0x7b || first === 0x5b || first === 0x22) {
    const found = findTexts('json', bytes, from, to);
    if (found !== undefined) return found;
  }
  if (from >= to) return none;
  return { ...none, texts: [textAt(from, to, '', 'plain', channel)] };
}

/** Markup may write any character by its number. */
function withEntities(bytes: Buffer, found: BodyTexts): BodyTexts {
  const [only] = found.texts;
  if (only?.coding !== 'plain' || !bytes.subarray(only.start, only.end).includes('&')) return found;
  return { ...found, texts: [only, { ...only, coding: 'entities' }] };
}

function fieldsIn(bytes: Buffer, from: number, to: number): BodyTexts {
  const texts: BodyText[] = [];
  for (let start = from; start < to;) {
    const next = bytes.indexOf(0x26, start);
    const end = next === -1 || next > to ? to : next;
    const equals = bytes.indexOf(0x3d, start);
    const isNamed = equals !== -1 && equals < end;
    const key = bytes.toString('latin1', start, isNamed ? equals : end).slice(0, 64);
    texts.push(textAt(start, isNamed ? equals : end, key, 'form'));
    if (isNamed) texts.push(textAt(equals + 1, end, key, 'form'));
    // Some servers decode twice.
    const isTwice = isNamed && bytes.subarray(equals, end).includes('%25');
    if (isTwice) texts.push(textAt(equals + 1, end, key, 'form-twice'));
    start = end + 1;
  }
  return { ...none, texts };
}

function linesIn(bytes: Buffer, from: number, to: number): BodyTexts {
  const texts: BodyText[] = [];
  for (let start = from; start < to;) {
    const next = bytes.indexOf(0x0a, start);
    const end = next === -1 || next > to ? to : next;
    // A JSON text sequence begins each with a mark (RFC 7464).
    const at = bytes[start] === 0x1e ? start + 1 : start;
    texts.push(...anything(bytes, at, end).texts);
    start = end + 1;
  }
  return { ...none, texts };
}

/** Fields of events (WHATWG HTML, section 9.2.6): JSON, or text that goes on with the next event. */
function eventsIn(bytes: Buffer, from: number, to: number): BodyTexts {
  const texts: BodyText[] = [];
  for (let start = skipMark(bytes, from); start < to;) {
    let end = start;
    while (end < to && bytes[end] !== 0x0a && bytes[end] !== 0x0d) end += 1;
    const isData = bytes.toString('latin1', start, Math.min(start + 5, end)) === 'data:';
    const colon = bytes.indexOf(0x3a, start);
    let at = colon !== -1 && colon < end ? colon + 1 : start;
    if (bytes[at] === 0x20) at += 1;
    if (at < end) texts.push(...anything(bytes, at, end, isData ? ' data' : undefined).texts);
    start = end + 1;
  }
  return { ...none, texts };
}

/** A part without a type is text, and one that has a file's name anything (RFC 7578, section 4.4). */
function typeOfPart({ type, isFile }: Part): string {
  const told = type ?? (isFile ? 'application/octet-stream' : 'text/plain');
  return /^multipart\//i.test(told) ? 'application/cbor' : told;
}

/** Parts of a form (RFC 7578): what they say of themselves, and what in them is text. */
function partsIn(
  bytes: Buffer,
  from: number,
  to: number,
  contentType: string,
): BodyTexts | undefined {
  const body = bytes.subarray(from, to);
  const parts = partsOf(body, contentType);
  // Some readers part a form wherever its boundary stands, others at lines of it alone (RFC 2046, section 5.1.1).
  if (typeof parts === 'string' || timesIn(body, contentType) !== parts.length + 1)
    return undefined;
  const texts: BodyText[] = [];
  for (const part of parts) {
    const start = part.head.byteOffset - bytes.byteOffset;
    texts.push(textAt(start, start + part.head.length, 'part', 'plain'));
    const at = part.bytes.byteOffset - bytes.byteOffset;
    const read = bodyReading(typeOfPart(part), 'request')(bytes, at, at + part.bytes.length);
    if (read === undefined) return undefined;
    texts.push(...read.texts);
  }
  return { ...none, texts };
}

function timesIn(body: Buffer, contentType: string): number {
  const mark = `--${boundaryOf(contentType)}`;
  let times = 0;
  for (let at = body.indexOf(mark); at !== -1; at = body.indexOf(mark, at + 1)) times += 1;
  return times;
}

/** Cuts a stream of events or lines into frames that are read as the whole would be. */
export function apiFramer(kind: 'events' | 'lines'): Framer {
  const framer = framerOf(kind === 'events' ? 'openai-chat' : 'lines');
  const whole = ({ bytes }: { readonly bytes: Buffer }) => ({
    bytes,
    json: [[0, bytes.length] as const],
  });
  return {
    push: (chunk) => framer.push(chunk).map(whole),
    end: () => framer.end().map(whole),
    edit: (frame, edits) => framer.edit(frame, edits),
    get held() {
      return framer.held;
    },
  };
}
