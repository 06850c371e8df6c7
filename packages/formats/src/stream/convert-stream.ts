import type { FormatName, ReadOptions, WriteOptions } from '../format.ts';
import { utf8 } from '../text.ts';
import type { Value } from '../value.ts';
import { type Body, type ItemSource, itemsOf } from './items.ts';
import { type ItemTarget, writerOf } from './writers.ts';

const sources = new Set<FormatName>(['json', 'ndjson', 'csv', 'tsv', 'xml']);
const targets = new Set<FormatName>(['json', 'ndjson', 'csv', 'tsv', 'xml', 'yaml']);

export const isItemSource = (name: FormatName): name is ItemSource => sources.has(name);
export const isItemTarget = (name: FormatName): name is ItemTarget => targets.has(name);

/** Items written at once: enough to be quick, few enough to be small. */
const BATCH = 256;

/**
 * A list in another format, as it comes, in memory for a few hundred of its items. What is not UTF-8
 * has to be read whole.
 *
 * @throws {FormatError} while it goes on; what was written by then is no whole document
 */
export async function* convertStream(
  body: Body,
  from: ItemSource,
  to: ItemTarget,
  options: ReadOptions & WriteOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const writer = writerOf(to, options);
  let batch: Value[] = [];
  for await (const item of itemsOf(body, from, options)) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield utf8(writer.items(batch));
    batch = [];
  }
  const rest = batch.length === 0 ? '' : writer.items(batch);
  yield utf8(rest + writer.end());
}
