import type { Errors } from '../json-schema.ts';
import { entries, isJson, list, type Json, type Placed } from './openapi-document.ts';

/** One field of a form, as its schema and its encoding describe it (OpenAPI 3.1, "Encoding Object"). */
export interface Field {
  /** The field may come more than once, and is a list. */
  readonly isList: boolean;
  /** It is written as JSON: a record, or a list of them. */
  readonly isDocument: boolean;
  /** `deepObject`, or what is between the members of a list in one value. */
  readonly style: 'deepObject' | ',' | ' ' | '|' | undefined;
  /** Media types that a part of it may say it has; any where there are none. */
  readonly types: readonly string[];
  /** For a value that came as JSON, whose types are its own. */
  readonly validate: Errors | undefined;
  /** For the head of a part. */
  readonly headers: Errors | undefined;
}

export type Fields = ReadonlyMap<string, Field>;

/** What fields are made of: a document with its references, and its schemas as validators. */
export interface Schemas {
  at(place: readonly string[]): Placed | undefined;
  validate(place: readonly string[]): Errors;
  headers(properties: ReadonlyMap<string, readonly string[]>, required: string[]): Errors;
}

/** A schema that refers to itself is looked into no further. */
const MOST_HOPS = 20;

/** @param place of the media type that has the schema, and beside it the encoding */
export function fieldsOf(place: readonly string[], schemas: Schemas): Fields {
  const encodings = schemas.at([...place, 'encoding'])?.json ?? {};
  const fields = new Map<string, Field>();
  for (const [name, property] of propertiesOf([...place, 'schema'], schemas)) {
    const told = encodings[name];
    const encoding = isJson(told) ? told : {};
    const headers = headersOf([...place, 'encoding', name, 'headers'], schemas);
    fields.set(name, { ...fieldOf(property, encoding, schemas), headers });
  }
  return fields;
}

function propertiesOf(
  place: readonly string[],
  schemas: Schemas,
  hops = 0,
): ReadonlyMap<string, Placed> {
  const found = new Map<string, Placed>();
  const schema = schemas.at(place);
  if (schema === undefined || hops > MOST_HOPS) return found;
  for (const [name] of entries(schema.json['properties'])) {
    const property = schemas.at([...schema.place, 'properties', name]);
    if (property !== undefined) found.set(name, property);
  }
  for (const several of ['allOf', 'anyOf', 'oneOf']) {
    for (const i of list(schema.json[several]).keys()) {
      const inside = propertiesOf([...schema.place, several, String(i)], schemas, hops + 1);
      for (const [name, property] of inside) if (!found.has(name)) found.set(name, property);
    }
  }
  return found;
}

function fieldOf(property: Placed, encoding: Json, schemas: Schemas): Omit<Field, 'headers'> {
  const isList = isOf(property.json, 'array', 'items');
  const item = isList ? (schemas.at([...property.place, 'items']) ?? property) : property;
  const isDocument = isOf(item.json, 'object', 'properties') || isOf(item.json, 'array', 'items');
  const told = encoding['contentType'];
  const types =
    typeof told === 'string'
      ? told
          .toLowerCase()
          .split(',')
          .map((one) => one.trim())
      : undefined;
  return {
    isList,
    isDocument,
    style: styleOf(encoding),
    types: types ?? (isDocument ? ['application/json'] : []),
    validate:
      isDocument || types?.some(isJsonType) === true ? schemas.validate(item.place) : undefined,
  };
}

const isOf = ({ type, ...schema }: Json, name: string, sign: string): boolean =>
  type === undefined
    ? schema[sign] !== undefined
    : type === name || (Array.isArray(type) && type.includes(name));

export const isJsonType = (type: string): boolean => /^[^;]*[/+]json\s*(?:;|$)/i.test(type);

function styleOf({ style = 'form', explode }: Json): Field['style'] {
  if (style === 'deepObject') return 'deepObject';
  if (explode === true || (style === 'form' && explode !== false)) return undefined;
  return style === 'spaceDelimited' ? ' ' : style === 'pipeDelimited' ? '|' : ',';
}

function headersOf(place: readonly string[], schemas: Schemas): Errors | undefined {
  const properties = new Map<string, readonly string[]>();
  const required: string[] = [];
  for (const [name] of entries(schemas.at(place)?.json)) {
    const header = schemas.at([...place, name]);
    // What the part is, says `contentType` (OpenAPI 3.1, "Encoding Object").
    if (header === undefined || name.toLowerCase() === 'content-type') continue;
    if (header.json['required'] === true) required.push(name.toLowerCase());
    if (isJson(header.json['schema'])) {
      properties.set(name.toLowerCase(), [...header.place, 'schema']);
    }
  }
  return properties.size + required.length === 0
    ? undefined
    : schemas.headers(properties, required);
}
