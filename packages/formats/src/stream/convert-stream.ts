import { read } from '../convert.ts';
import type { FormatName, ReadOptions, WriteOptions } from '../format.ts';
import { textOfBody, utf8 } from '../text.ts';
import { isList, type Value } from '../value.ts';
import { type Body, batchesOf, type ItemSource } from './items.ts';
import { type ItemTarget, writerOf } from './writers.ts';

const sources = new Set<FormatName>(['json', 'ndjson', 'csv', 'tsv', 'xml']);
const targets = new Set<FormatName>(['json', 'ndjson', 'csv', 'tsv', 'xml', 'yaml']);

export const isItemSource = (name: FormatName): name is ItemSource => sources.has(name);
export const isItemTarget = (name: FormatName): name is ItemTarget => targets.has(name);

export interface StreamOptions extends ReadOptions, WriteOptions {
  /** What becomes of each item; undefined leaves it out. */
  readonly each?: ((item: Value) => Promise<Value | undefined>) | undefined;
}

/**
 * A list in another format, as it comes: items leave as soon as they are there, and none is kept. What
 * is not UTF-8 has to be read whole.
 *
 * @throws {FormatError} while it goes on; what was written by then is no whole document
 */
export async function* convertStream(
  body: Body,
  from: ItemSource,
  to: ItemTarget,
  { each, ...options }: StreamOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const writer = writerOf(to, options);
  for await (const batch of batchesOf(body, from, options)) {
    const items = each === undefined ? batch : await mapped(batch, each);
    if (items.length > 0) yield utf8(writer.items(items));
  }
  const end = writer.end();
  if (end !== '') yield utf8(end);
}

/**
 * The same of a whole document: its items, where it is no list itself as the only one.
 *
 * @throws {FormatError}
 */
export async function readList(
  bytes: Uint8Array,
  from: FormatName,
  options: ReadOptions = {},
): Promise<readonly Value[]> {
  if (!isItemSource(from)) {
    const value = await read(bytes, from, options);
    return isList(value) ? value : [value];
  }
  const text = utf8(textOfBody(bytes, options.contentType));
  const items: Value[] = [];
  for await (const batch of batchesOf(onePiece(text), from, options)) {
    // All at once they could be more than a call takes.
    for (const item of batch) items.push(item);
  }
  return items;
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** One after the other: together they would all be held at once. */
async function mapped(
  batch: readonly Value[],
  each: NonNullable<StreamOptions['each']>,
): Promise<readonly Value[]> {
  const items: Value[] = [];
  for (const item of batch) {
    const made = await each(item);
    if (made !== undefined) items.push(made);
  }
  return items;
}
