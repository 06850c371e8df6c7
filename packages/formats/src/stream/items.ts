import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { readerOptions, unreadable } from '../csv.ts';
import { FormatError } from '../errors.ts';
import type { ReadOptions } from '../format.ts';
import { parseJson } from '../json.ts';
import type { Value } from '../value.ts';
import { parseElement } from '../xml/read.ts';
import type { Cutter } from './cutter.ts';
import { JsonItems } from './json-items.ts';
import { XmlItems } from './xml-items.ts';

/** Formats that can be read an item at a time. */
export type ItemSource = 'json' | 'ndjson' | 'csv' | 'tsv' | 'xml';

/** A body as it comes, cut anywhere. */
export type Body = AsyncIterable<Uint8Array>;

/** One item may have so many characters; a list of them has no limit. */
export const MAX_ITEM = 16_777_216;

/** The items of a list, one at a time, whatever the size of it all. */
export function itemsOf(
  body: Body,
  from: ItemSource,
  options: ReadOptions,
): AsyncGenerator<Value, void, undefined> {
  switch (from) {
    case 'csv':
    case 'tsv':
      return rows(body, from === 'csv' ? ',' : '\t', options);
    case 'ndjson':
      return pieces(body, new LineItems(), (text) => parseJson(text, options));
    case 'json':
      return pieces(body, new JsonItems(), (text) => parseJson(text, options));
    case 'xml':
      return pieces(body, new XmlItems(), (text) => parseElement(text, options).value);
  }
}

async function* pieces(
  body: Body,
  cutter: Cutter,
  parsed: (text: string) => Value,
): AsyncGenerator<Value, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      throw new FormatError('unreadable', 'it is not utf-8', { cause });
    }
  };
  for await (const bytes of body) {
    for (const text of cutter.push(decode(bytes))) yield parsed(text);
    if (cutter.held > MAX_ITEM) {
      throw new FormatError('unreadable', `one item has more than ${MAX_ITEM} characters`);
    }
  }
  for (const text of cutter.push(decode())) yield parsed(text);
  const last = cutter.end();
  if (last !== undefined) yield parsed(last);
}

class LineItems implements Cutter {
  #rest = '';

  get held(): number {
    return this.#rest.length;
  }

  push(text: string): readonly string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.filter((line) => line.trim() !== '');
  }

  end(): string | undefined {
    return this.#rest.trim() === '' ? undefined : this.#rest;
  }
}

async function* rows(
  body: Body,
  delimiter: string,
  options: ReadOptions,
): AsyncGenerator<Value, void, undefined> {
  const parser = parse(readerOptions(delimiter, options));
  const source = Readable.from(body, { objectMode: false });
  source.once('error', (error) => parser.destroy(error)).pipe(parser);
  try {
    for await (const row of parser) yield row as Value;
  } catch (cause) {
    const isOfParser =
      cause instanceof Error && 'code' in cause && String(cause.code).startsWith('CSV_');
    throw isOfParser ? unreadable(cause) : cause;
  } finally {
    source.destroy();
  }
}
