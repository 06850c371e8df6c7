import { Failure } from '@vitalgate/contract';
import {
  FormatError,
  formatOf,
  formats,
  read,
  write,
  type FormatName,
  type Value,
  type ValueRecord,
} from '@vitalgate/formats';
import { toldOf, type Check } from '../json-schema.ts';
import type { Running } from '../running.ts';
import type { Signature } from '../variables-schema.ts';
import { readBody, tooLarge } from './body.ts';
import type { ApiArrived, Arrival } from './exchange.ts';

/** Formats that have texts and nothing else: their numbers are what the schema says they are. */
const TEXTS: ReadonlySet<FormatName> = new Set(['xml', 'csv', 'tsv', 'form', 'multipart']);

export const typesOf = (offered: readonly FormatName[]): string =>
  offered.map((name) => formats[name].mediaTypes[0]).join(', ');

/**
 * Reads the variables that a caller gives in its body, with defaults filled in.
 *
 * @throws {Failure} `unsupported_media_type`, `request_too_large`, `invalid_request`
 */
export async function variablesOf(
  exchange: Arrival & Partial<Pick<ApiArrived, 'guardedBody'>>,
  { offered, checkInput, checkTexts }: Signature,
  running: Running,
): Promise<ValueRecord> {
  const { contentEncoding, contentType = '', contentLength } = exchange.headers;
  const { maxBody, bodyTimeout } = running.config.server;
  if (contentEncoding !== undefined && contentEncoding !== 'identity') {
    throw new Failure(
      'unsupported_media_type',
      `found a body with content-encoding ${contentEncoding.slice(0, 40)}, expected a plain one`,
    );
  }
  if ((contentLength ?? 0) > maxBody) throw tooLarge(maxBody);
  const bytes = exchange.guardedBody ?? (await readBody(exchange, maxBody, bodyTimeout, running));
  const from = bytes.length === 0 ? 'json' : formatOf(contentType);
  if (from === undefined || !offered.includes(from)) {
    throw new Failure(
      'unsupported_media_type',
      `found content-type ${contentType.slice(0, 80) || 'none'}, expected one of ${typesOf(offered)}`,
    );
  }
  const given = bytes.length === 0 ? {} : await documentOf(bytes, from, contentType);
  return checked(given, TEXTS.has(from) ? checkTexts : checkInput);
}

/** The same from a query. */
export function variablesIn(query: string, { checkTexts }: Signature): ValueRecord {
  const search = new URLSearchParams(query);
  const given: Record<string, string | string[]> = {};
  for (const name of new Set(search.keys())) {
    const values = search.getAll(name);
    if (name !== '__proto__') given[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return checked(given, checkTexts);
}

function checked(given: unknown, check: Check): ValueRecord {
  const mistakes = check(given);
  if (mistakes.length > 0) throw new Failure('invalid_request', toldOf(mistakes), { mistakes });
  return given as ValueRecord;
}

/** A document as JSON has it, which is what schemas speak of. */
async function documentOf(
  bytes: Uint8Array,
  from: FormatName,
  contentType: string,
): Promise<unknown> {
  try {
    const value = await read(bytes, from, { contentType, infer: false });
    const { bytes: json } = await write(unwrapped(value, from), 'json');
    return JSON.parse(Buffer.from(json).toString()) as unknown;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new Failure('invalid_request', error.message, { cause: error });
  }
}

/** XML has an element around everything, and a table is a list, be it of one row. */
function unwrapped(value: Value, from: FormatName): Value {
  if (from === 'xml' && typeof value === 'object' && value !== null) {
    const [only, ...others] = Object.values(value as ValueRecord);
    return only !== undefined && others.length === 0 ? only : value;
  }
  const isTable = from === 'csv' || from === 'tsv' || from === 'ndjson';
  return isTable && Array.isArray(value) && value.length === 1 ? (value[0] as Value) : value;
}
