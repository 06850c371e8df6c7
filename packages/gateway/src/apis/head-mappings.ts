import { FormatError, isRecord, type Value } from '@vitalgate/formats';
import type { BoundMapping } from './mapping.ts';

/** What an expression may look at besides the document, without its dollar sign. */
export type Bindings = Readonly<Record<string, Value>>;

/** Expressions of one API that say what becomes of the heads that pass. */
export interface HeadMappings {
  readonly method: BoundMapping | undefined;
  readonly query: BoundMapping | undefined;
  readonly request: BoundMapping | undefined;
  readonly answer: BoundMapping | undefined;
  readonly error: BoundMapping | undefined;
}

/** Fields that are set, by name in small letters; those without values are taken away. */
export type MappedFields = ReadonlyMap<string, readonly string[]>;

/** What is sent on instead of what its caller said. */
export interface MappedRequest {
  readonly method: string | undefined;
  readonly query: string | undefined;
  readonly fields: MappedFields | undefined;
}

/**
 * `document` is the caller's, where it was read.
 *
 * @throws {FormatError} `mapping_failed`, `mapping_limit`
 */
export async function mappedRequest(
  { method, query, request }: HeadMappings,
  document: Value,
  bindings: Bindings,
  fixed: ReadonlySet<string>,
): Promise<MappedRequest> {
  return {
    method: method && (await mappedMethod(method, document, bindings)),
    query: query && (await mappedQuery(query, document, bindings)),
    fields: request && (await mappedFields(request, document, bindings, fixed)),
  };
}

/** Methods whose requests may have a body or none, and whose answers may too (RFC 9110, section 9). */
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** A query and all fields that mappings make may have so many characters; servers take no more. */
const MAX_SIZE = 8192;

async function mappedMethod(
  mapping: BoundMapping,
  document: Value,
  bindings: Bindings,
): Promise<string> {
  const made = await mapping.apply(document, bindings);
  if (typeof made === 'string' && METHODS.has(made)) return made;
  throw new FormatError('mapping_failed', `expected one of ${[...METHODS].join(', ')} as method`);
}

/** With its question mark; empty where the mapping finds nothing. */
async function mappedQuery(
  mapping: BoundMapping,
  document: Value,
  bindings: Bindings,
): Promise<string> {
  const query = new URLSearchParams();
  for (const [name, values] of textsOf(await mapping.apply(document, bindings), 'query')) {
    for (const value of values) query.append(name, value);
  }
  const text = query.toString();
  if (text.length > MAX_SIZE) throw tooLong('query');
  return text === '' ? '' : `?${text}`;
}

/**
 * But for those that are `fixed` by the configuration.
 *
 * @throws {FormatError} `mapping_failed`, `mapping_limit`
 */
export async function mappedFields(
  mapping: BoundMapping,
  document: Value,
  bindings: Bindings,
  fixed: ReadonlySet<string>,
): Promise<MappedFields> {
  const fields = new Map<string, readonly string[]>();
  let size = 0;
  for (const [told, values] of textsOf(await mapping.apply(document, bindings), 'headers')) {
    const name = told.toLowerCase();
    if (fixed.has(name)) continue;
    if (!NAME.test(name) || isOurs(name)) {
      throw new FormatError('mapping_failed', `a header of this name cannot be set by a mapping`);
    }
    if (!values.every((value) => VALUE.test(value))) {
      throw new FormatError('mapping_failed', `expected printable ASCII as value of ${name}`);
    }
    fields.set(name, values);
    size += name.length + values.join('').length;
  }
  if (size > MAX_SIZE) throw tooLong('headers');
  return fields;
}

/** RFC 9110, section 5.1, without the underscore that some servers take for a hyphen. */
const NAME = /^[a-z0-9!#$%&'*+.^`|~-]{1,128}$/;
const VALUE = /^[\t\x20-\x7e]*$/;

/** What frames a message, says who sent it, or carries the gateway's own word. */
const isOurs = (name: string): boolean =>
  /^(?:connection|content-(?:encoding|length)|expect|forwarded|host|keep-alive|proxy-.*|server-timing|te|trailer|transfer-encoding|upgrade|via|x-forwarded-.*|x-real-ip|x-request-id|x-vitalgate-.*)$/.test(
    name,
  );

function* textsOf(made: Value, what: string): Generator<[name: string, values: string[]]> {
  if (made === null) return;
  if (!isRecord(made)) {
    throw new FormatError('mapping_failed', `expected a record as ${what}`);
  }
  for (const [name, value] of Object.entries(made)) {
    const values = Array.isArray(value) ? (value as readonly Value[]) : [value];
    yield [name, values.flatMap((one) => textOf(one, what))];
  }
}

function textOf(value: Value, what: string): string[] {
  if (value === null) return [];
  if (typeof value === 'object') {
    throw new FormatError('mapping_failed', `expected texts, numbers or lists of them in ${what}`);
  }
  return [String(value)];
}

const tooLong = (what: string): FormatError =>
  new FormatError('mapping_limit', `it made ${what} of more than ${MAX_SIZE} characters`);
