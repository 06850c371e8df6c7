import Negotiator from 'negotiator';
import { cbor } from './cbor.ts';
import { csv, tsv } from './csv.ts';
import { form } from './form.ts';
import type { Format, FormatName, PromptFormat } from './format.ts';
import { json } from './json.ts';
import { msgpack } from './msgpack.ts';
import { multipart } from './multipart.ts';
import { ndjson } from './ndjson.ts';
import { protobuf } from './protobuf.ts';
import { xml } from './xml/xml.ts';
import { yaml } from './yaml.ts';

type Formats = Readonly<
  Record<Exclude<FormatName, 'multipart'>, PromptFormat> & Record<'multipart', Format>
>;

export const formats: Formats = {
  json,
  xml,
  yaml,
  csv,
  tsv,
  ndjson,
  form,
  multipart,
  msgpack,
  cbor,
  protobuf,
};

const all: readonly Format[] = Object.values(formats);

const byType = new Map(all.flatMap((format) => format.mediaTypes.map((type) => [type, format])));

/** Structured syntax suffixes (RFC 6839, RFC 9512): what a type of its own is written in. */
const suffixes: ReadonlyMap<string, FormatName> = new Map([
  ['json', 'json'],
  ['xml', 'xml'],
  ['yaml', 'yaml'],
  ['cbor', 'cbor'],
]);

/** The format of a `Content-Type`; undefined where it is none of ours: the answer is 415. */
export function formatOf(contentType: string): FormatName | undefined {
  const [type = ''] = contentType.toLowerCase().split(';');
  const suffix = suffixes.get(/\+(\w+)$/.exec(type.trim())?.[1] ?? '');
  return byType.get(type.trim())?.name ?? suffix;
}

/** Nobody wants more; each is compared with each that is on offer. */
const MOST_RANGES = 64;

/** `;charset=utf-8`, `;odata=verbose`: whatever is no weight. */
const PARAMETER = /;\s*(?!q\s*=)[\w!#$%&'*+.^`|~-]+\s*=\s*(?:"[^"]*"|[^\s",;]*)/gi;

/**
 * The format that an `Accept` wants most (RFC 9110, 12.5.1), of those on offer, in their order where
 * it does not care. Undefined where it wants none of them: the answer is 406.
 */
export function acceptedFormat(
  accept: string | undefined,
  offered: readonly FormatName[],
): FormatName | undefined {
  // An empty field wants nothing in particular, and parameters ask for no other format.
  const ranges = (accept ?? '').replaceAll(PARAMETER, '').split(',', MOST_RANGES);
  const bare = ranges.join(',').trim();
  const headers = bare === '' ? {} : { accept: bare };
  const wanted = new Negotiator({ headers }).mediaTypes(typesOf(offered, ranges));
  return wanted[0] === undefined ? undefined : formatOf(wanted[0]);
}

/** One type for each format, and what else of it is asked for by name, `application/problem+json`. */
function typesOf(offered: readonly FormatName[], ranges: readonly string[]): string[] {
  const types = offered.map((name) => formats[name].mediaTypes[0]);
  const named = ranges.map((range) => (range.split(';', 1)[0] ?? '').trim().toLowerCase());
  const others = named.filter((type) => {
    const name = formatOf(type);
    return name !== undefined && offered.includes(name) && !types.includes(type);
  });
  return [...types, ...others];
}
