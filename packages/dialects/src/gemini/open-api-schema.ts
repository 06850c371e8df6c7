import { isJsonObject, listIn, objectIn, textIn } from '../fields.ts';
import type { JsonObject } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { mapped } from './schema.ts';

/** Of a `Schema` (Gemini API reference), what is written as it is. */
const COPIED = [
  'title',
  'description',
  'default',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
  'pattern',
  'required',
];

/** What is written in another form, or says nothing about values. */
const HANDLED: ReadonlySet<string> = new Set(
  COPIED.concat(
    ['type', 'nullable', 'enum', 'const', 'format', 'items', 'properties', 'anyOf', 'oneOf'],
    ['allOf', '$ref', '$defs', 'definitions', '$schema', '$id', '$comment', 'examples'],
  ),
);

const FORMATS = /^(?:enum|date-time|int32|int64|float|double)$/;

/** Schemas within one, references followed: a small text can refer to itself many times over. */
const MAX_SCHEMAS = 2000;

/**
 * The `Schema` of Google's that is nearest to a JSON schema, for models that know nothing else: a
 * subset of OpenAPI 3.0.3 without references. All that it cannot say is told.
 */
export function openApiSchema(root: JsonObject, path: string, losses: Losses): JsonObject {
  return new Converter(root, path, losses).convert(root, new Set());
}

class Converter {
  readonly #root: JsonObject;
  readonly #path: string;
  readonly #losses: Losses;
  #count = 0;

  constructor(root: JsonObject, path: string, losses: Losses) {
    this.#root = root;
    this.#path = path;
    this.#losses = losses;
  }

  convert(given: JsonObject, refs: ReadonlySet<string>): JsonObject {
    this.#count += 1;
    const ref = textIn(given, '$ref');
    if (ref !== undefined) return this.#follow(ref, given, refs);
    const schema = this.#joined(given);
    const written: Record<string, unknown> = {};
    for (const name of COPIED) {
      if (Object.hasOwn(schema, name)) written[name] = schema[name];
    }
    for (const name of Object.keys(schema)) {
      if (!HANDLED.has(name)) this.#tell(`${name} of a schema`);
    }
    this.#writeType(schema, written, refs);
    this.#writeEnum(schema, written);
    const format = textIn(schema, 'format');
    if (format !== undefined && FORMATS.test(format)) written['format'] = format;
    else if (format !== undefined) this.#tell(`the format ${format}`);
    const properties = objectIn(schema, 'properties');
    if (properties !== undefined) {
      written['properties'] = mapped(properties, (value) => this.#child(value, refs));
    }
    if (written['type'] === 'ARRAY') written['items'] = this.#child(schema['items'] ?? {}, refs);
    return written;
  }

  #child(value: unknown, refs: ReadonlySet<string>): JsonObject {
    return this.convert(isJsonObject(value) ? value : {}, refs);
  }

  #follow(ref: string, given: JsonObject, refs: ReadonlySet<string>): JsonObject {
    const found = this.#resolved(ref);
    if (found === undefined || refs.has(ref) || this.#count > MAX_SCHEMAS) {
      this.#tell(`the reference ${ref}`);
      return { type: 'OBJECT' };
    }
    const { $ref: _, ...beside } = given;
    return this.convert({ ...found, ...beside }, new Set([...refs, ref]));
  }

  #resolved(ref: string): JsonObject | undefined {
    if (!ref.startsWith('#')) return undefined;
    const steps = ref.slice(1).split('/').slice(1);
    let found: JsonObject | undefined = this.#root;
    for (const step of steps) {
      found = objectIn(found, step.replaceAll('~1', '/').replaceAll('~0', '~'));
    }
    return found;
  }

  /** With the members of `allOf` taken in, as far as they are plain. */
  #joined(schema: JsonObject): JsonObject {
    const members = listIn(schema, 'allOf').filter((one) => isJsonObject(one));
    if (members.length === 0) return schema;
    if (members.length > 1) this.#losses.altered(this.#path, 'the members of allOf were joined');
    const all = [schema, ...members].map((one) => {
      const ref = textIn(one, '$ref');
      return ref === undefined ? one : (this.#resolved(ref) ?? {});
    });
    const properties = Object.assign({}, ...all.map((one) => objectIn(one, 'properties')));
    const required = all.flatMap((one) => listIn(one, 'required'));
    return {
      ...(Object.assign({}, ...all.toReversed()) as JsonObject),
      ...(Object.keys(properties as object).length > 0 ? { properties } : {}),
      ...(required.length > 0 ? { required } : {}),
    };
  }

  #writeType(
    schema: JsonObject,
    written: Record<string, unknown>,
    refs: ReadonlySet<string>,
  ): void {
    const { type } = schema;
    const told: unknown[] = Array.isArray(type) ? type : type === undefined ? [] : [type];
    const types = told.filter((one) => typeof one === 'string' && one !== 'null');
    const any = [...listIn(schema, 'anyOf'), ...listIn(schema, 'oneOf')];
    if (Object.hasOwn(schema, 'oneOf')) {
      this.#losses.altered(this.#path, 'oneOf was asked for as anyOf');
    }
    const others = any.filter((one) => textIn(one, 'type') !== 'null');
    const isNullable = told.length > types.length || any.length > others.length;
    if (isNullable || schema['nullable'] === true) written['nullable'] = true;
    if (others.length > 0) written['anyOf'] = others.map((one) => this.#child(one, refs));
    else if (types.length > 1) written['anyOf'] = types.map((one) => ({ type: upper(one) }));
    else written['type'] = types.length === 1 ? upper(types[0]) : this.#guessed(schema);
  }

  #guessed(schema: JsonObject): string {
    if (Object.hasOwn(schema, 'properties')) return 'OBJECT';
    if (Object.hasOwn(schema, 'items')) return 'ARRAY';
    if (!Object.hasOwn(schema, 'enum') && !Object.hasOwn(schema, 'const')) {
      this.#losses.altered(this.#path, 'a value of any type was asked for as text');
    }
    return 'STRING';
  }

  /** Only texts can be listed, and none of them empty. */
  #writeEnum(schema: JsonObject, written: Record<string, unknown>): void {
    const isConst = Object.hasOwn(schema, 'const');
    const values = isConst ? [schema['const']] : listIn(schema, 'enum');
    if (values.length === 0) return;
    if (values.includes(null)) written['nullable'] = true;
    const texts = values.filter((value) => typeof value === 'string' && value !== '');
    if (texts.length < values.filter((value) => value !== null).length) {
      this.#tell('values of an enum that are no text');
    }
    if (texts.length > 0) written['enum'] = texts;
  }

  #tell(what: string): void {
    this.#losses.dropped(this.#path, `${what} has no form in this model's schemas`);
  }
}

const upper = (type: unknown): string => String(type).toUpperCase();
