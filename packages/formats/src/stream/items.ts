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

/** Rows given at once: enough to be quick, few enough to be small. */
const BATCH = 256;

type Batches = AsyncGenerator<readonly Value[], void, undefined>;

/** The items of a list, as many at a time as are there, whatever the size of it all. */
export function batchesOf(body: Body, from: ItemSource, options: ReadOptions): Batches {
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

async function* pieces(body: Body, cutter: Cutter, parsed: (text: string) => Value): Batches {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      throw new FormatError('unreadable', 'it is not utf-8', { cause });
    }
  };
  for await (const bytes of body) {
    const texts = cutter.push(decode(bytes), false);
    if (texts.length > 0) yield texts.map(parsed);
    if (cutter.held > MAX_ITEM) {
      throw new FormatError('unreadable', `one item has more than ${MAX_ITEM} characters`);
    }
  }
  const texts = cutter.push(decode(), true);
  if (texts.length > 0) yield texts.map(parsed);
  const last = cutter.end();
  if (last !== undefined) yield [parsed(last)];
}

class LineItems implements Cutter {
  #parts: string[] = [];
  held = 0;

  push(text: string): readonly string[] {
    const [first = '', ...others] = text.split('\n');
    this.#hold(first);
    const last = others.pop();
    if (last === undefined) return [];
    const lines = [this.#taken(), ...others];
    this.#hold(last);
    return lines.filter((line) => line.trim() !== '');
  }

  end(): string | undefined {
    const line = this.#taken();
    return line.trim() === '' ? undefined : line;
  }

  #hold(text: string): void {
    this.#parts.push(text);
    this.held += text.length;
  }

  #taken(): string {
    const line = this.#parts.join('');
    this.#parts = [];
    this.held = 0;
    return line;
  }
}

async function* rows(body: Body, delimiter: string, options: ReadOptions): Batches {
  const parser = parse(readerOptions(delimiter, options));
  const source = Readable.from(body, { objectMode: false });
  source.once('error', (error) => parser.destroy(error)).pipe(parser);
  try {
    let batch: Value[] = [];
    for await (const row of parser) {
      batch.push(row as Value);
      // What is there is not kept waiting for what is still to come.
      if (batch.length < BATCH && parser.readableLength > 0) continue;
      yield batch;
      batch = [];
    }
  } catch (cause) {
    const isOfParser =
      cause instanceof Error && 'code' in cause && String(cause.code).startsWith('CSV_');
    throw isOfParser ? unreadable(cause) : cause;
  } finally {
    source.destroy();
  }
}
