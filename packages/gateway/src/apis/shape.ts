import { Failure } from '@vitalgate/contract';
import {
  acceptedFormat,
  FormatError,
  formatOf,
  formats,
  isItemTarget,
  read,
  readList,
  typeOfList,
  write,
  type FormatName,
  type Value,
  type Written,
} from '@vitalgate/formats';
import { Shift } from '../guard/shift.ts';
import { readBody } from '../request/body.ts';
import type { ApiAdmitted } from '../request/exchange.ts';
import type { Running } from '../running.ts';
import type { Direction, Translation } from './api.ts';
import { answerBindings, requestBindings } from './bindings.ts';
import { valueIn } from './head-lines.ts';
import type { Bindings } from './head-mappings.ts';
import type { BoundMapping } from './mapping.ts';
import { isPlain } from './message.ts';
import { convertedType, conversionBetween, type Conversion } from './records.ts';
import { codingsOf, unpacked } from './unpacked.ts';

/** How one exchange is carried over between what its caller speaks and what its upstream does. */
export interface Shape {
  readonly translation: Translation;
  /** What the caller wants to read. */
  readonly wanted: FormatName;
  /** The request as the upstream reads it; undefined where it passes as it is. */
  readonly body: ShapedBody | undefined;
  /** What its caller said, where it was read; else null. */
  readonly document: Value;
}

/** A body in the upstream's format: whole, or as it comes. */
export type ShapedBody = Written | { readonly contentType: string; readonly records: Conversion };

/**
 * Says how a request has to be carried over, and does so with its body.
 *
 * @throws {Failure} `not_acceptable`, `unsupported_media_type`, `invalid_request`
 */
export async function shapeOf(
  exchange: ApiAdmitted,
  hasBody: boolean,
  /** Whether a body of this type has to be read whole, to be checked. */
  isChecked: (contentType: string) => boolean,
  running: Running,
): Promise<Shape | undefined> {
  const { api } = exchange.matched;
  const { translation } = api;
  if (translation === undefined) return undefined;
  const { offered } = translation;
  const wanted = acceptedFormat(exchange.request.headers.accept, offered);
  if (wanted === undefined) {
    throw new Failure('not_acceptable', `this API can be read as ${typesOf(offered)}`);
  }
  const { body, document } = hasBody
    ? await carriedOver(exchange, translation, isChecked, running)
    : UNREAD;
  return { translation, wanted, body, document };
}

async function carriedOver(
  exchange: ApiAdmitted,
  translation: Translation,
  isChecked: (contentType: string) => boolean,
  running: Running,
): Promise<Pick<Shape, 'body' | 'document'>> {
  const { upstream, offered, request: mapping, records } = translation;
  const { reading, writing } = optionsFor(translation, 'request');
  const { contentType = '', contentEncoding } = exchange.headers;
  const from = formatOf(contentType);
  if (from === undefined || !offered.includes(from)) {
    throw new Failure(
      'unsupported_media_type',
      `found content-type ${contentType.slice(0, 80) || 'none'}, expected one of ${typesOf(offered)}`,
    );
  }
  if (from === upstream && mapping === undefined) return UNREAD;
  const codings = codingsOf(contentEncoding);
  if (codings === undefined) {
    throw new Failure(
      'unsupported_media_type',
      'found a content-encoding that is not known, expected gzip, deflate, br, zstd or none: the body has to be read',
    );
  }
  const bindings = mapping === undefined ? {} : requestBindings(exchange);
  if (records && codings.length === 0 && exchange.guardedBody === undefined) {
    const options = { ...reading, ...writing, each: eachOf(mapping, bindings) };
    const conversion = conversionBetween(from, upstream, contentType, options);
    if (conversion !== undefined) {
      const type = convertedType(conversion);
      if (!isChecked(type)) {
        return { body: { contentType: type, records: conversion }, document: null };
      }
    }
  }
  const { maxBody, bodyTimeout } = running.config.server;
  const limit = Math.min(exchange.matched.api.maxBody ?? maxBody, maxBody);
  const packed = exchange.guardedBody ?? (await readBody(exchange, limit, bodyTimeout, running));
  try {
    const bytes = await unpacked(packed, codings, limit);
    const options = { ...reading, contentType };
    const document = await (records ? readList : read)(bytes, from, options);
    const made = await mapped(document, mapping, bindings, records);
    return { body: await write(made, upstream, writing), document };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const isNone = error.code === 'no_descriptor';
    throw new Failure(isNone ? 'unsupported_media_type' : 'invalid_request', error.message, {
      cause: error,
    });
  }
}

const UNREAD: Pick<Shape, 'body' | 'document'> = { body: undefined, document: null };

/** With the message that Protobuf is, this way. */
const optionsFor = ({ reading, writing, messages }: Translation, direction: Direction) => ({
  reading: { ...reading, message: messages[direction] },
  writing: { ...writing, message: messages[direction] },
});

export const directionOf = (status: number): Direction => (status < 400 ? 'answer' : 'error');

/** What becomes of each record; one that a mapping finds nothing for is left out. */
function eachOf(
  mapping: BoundMapping | undefined,
  bindings: Bindings,
): ((record: Value) => Promise<Value | undefined>) | undefined {
  return mapping && (async (record) => (await mapping.apply(record, bindings)) ?? undefined);
}

/** The document after its mapping; where it is a list of records, after that of each. */
async function mapped(
  value: Value,
  mapping: BoundMapping | undefined,
  bindings: Bindings,
  records: boolean,
): Promise<Value> {
  if (mapping === undefined) return value;
  if (!records) return mapping.apply(value, bindings);
  const made: Value[] = [];
  const shift = new Shift();
  for (const record of value as readonly Value[]) {
    const one = await mapping.apply(record, bindings);
    if (one !== null) made.push(one);
    if (shift.isOver) await shift.begin();
  }
  return made;
}

/** An answer that has to be read. */
export interface ReadAnswer {
  readonly status: number;
  readonly from: FormatName;
  readonly contentType: string;
  /** As its caller gets it, but for what speaks of its bytes. */
  readonly head: readonly string[];
}

/** How the records of an answer leave as they come; undefined where it has to be read whole. */
export function answerAsRecords(
  { translation, wanted }: Shape,
  { status, from, contentType, head }: ReadAnswer,
): Conversion | undefined {
  const { records, answer, reading, writing } = translation;
  if (!records || status >= 400 || !isPlain(valueIn(head, 'content-encoding'))) return undefined;
  const each = eachOf(answer, answerBindings(status, head));
  return conversionBetween(from, wanted, contentType, { ...reading, ...writing, each });
}

/** What an answer was written in, and whether it has to be read to be carried over. */
export function formatToRead(
  { translation, wanted }: Shape,
  status: number,
  contentType: string | undefined,
): FormatName | undefined {
  const from = contentType === undefined ? undefined : formatOf(contentType);
  if (from === undefined) return undefined;
  const direction = directionOf(status);
  if (from === wanted && translation[direction] === undefined) return undefined;
  const isProtobuf = from === 'protobuf' || wanted === 'protobuf';
  return isProtobuf && translation.messages[direction] === undefined ? undefined : from;
}

/**
 * An answer as its caller reads it.
 *
 * @throws {FormatError}
 */
export async function answerCarriedOver(
  { translation, wanted }: Shape,
  { status, from, contentType, head }: ReadAnswer,
  bytes: Buffer,
): Promise<{ readonly written: Written; readonly document: Value }> {
  const direction = directionOf(status);
  const { reading, writing } = optionsFor(translation, direction);
  const mapping = translation[direction];
  const isRecords = translation.records && direction === 'answer';
  const document = await (isRecords ? readList : read)(bytes, from, { ...reading, contentType });
  const bindings = mapping === undefined ? {} : answerBindings(status, head);
  const made = await mapped(document, mapping, bindings, isRecords);
  return { written: await write(made, wanted, writing), document };
}

/** The type that a caller will read, as far as it is known before. */
export const typeToRead = ({ wanted }: Shape): string =>
  isItemTarget(wanted) ? typeOfList(wanted) : formats[wanted].mediaTypes[0];

/** The type that an upstream is asked for. */
export const upstreamType = ({ translation }: Shape): string =>
  formats[translation.upstream].mediaTypes[0];

const typesOf = (offered: readonly FormatName[]): string =>
  offered.map((name) => formats[name].mediaTypes[0]).join(', ');
