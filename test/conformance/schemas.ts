/**
 * What vendors say a request is, where their descriptions are present: requests that we write are
 * held against them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

const specs = fileURLToPath(new URL('../../../shared/specs/', import.meta.url));

type Schema = Record<string, unknown>;

/** What is wrong with a request, or undefined. */
export type Validator = (request: unknown) => string | undefined;

function validator(schema: Schema): Validator {
  const ajv = new Ajv2020({ strict: false, unicodeRegExp: false, validateFormats: false });
  const validate = ajv.compile(schema);
  return (request) => (validate(request) ? undefined : ajv.errorsText(validate.errors));
}

/**
 * A request of an OpenAPI document; undefined where the document is not present. `optional` are
 * members, by the name of their schema, that the vendor demands in writing only: recorded requests
 * without them were answered.
 */
export function openApi(
  file: string,
  name: string,
  optional: Readonly<Record<string, string>> = {},
): Validator | undefined {
  if (!existsSync(specs + file)) return undefined;
  const { components } = parse(readFileSync(specs + file, 'utf8')) as { components: Schema };
  const plain = withoutNullable(components) as {
    schemas: Record<string, { required?: readonly string[] }>;
  };
  for (const [schema, member] of Object.entries(optional)) {
    const found = plain.schemas[schema] ?? {};
    found.required = found.required?.filter((one) => one !== member) ?? [];
  }
  return validator({ $ref: `#/components/schemas/${name}`, components: plain });
}

/** `nullable` is a word of OpenAPI 3.0, and where it stands beside no type it means nothing. */
function withoutNullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNullable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([name, one]) => !(name === 'nullable' && typeof one === 'boolean' && !('type' in value)),
      )
      // Numbers of 64 bits are described as text, and may be numbers (Protobuf, "ProtoJSON Format").
      .map(([name, one]): [string, unknown] =>
        name === 'type' && one === 'string' && 'format' in value && value.format === 'int64'
          ? [name, ['string', 'integer']]
          : [name, one],
      )
      // OpenAI's shapes of a message overlap: what is one of them is often two.
      .map(([name, one]) => [name === 'oneOf' ? 'anyOf' : name, withoutNullable(one)]),
  );
}

interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, Member>>;
  readonly member?: Member;
  readonly key?: Member;
  readonly value?: Member;
  readonly traits?: Schema;
}

interface Member {
  readonly target: string;
  readonly traits?: Schema;
}

/**
 * A request of Bedrock's Smithy model. `newer` are members that came after it, by the name of
 * their shape; whatever else a shape does not have is wrong.
 */
export function smithy(
  file: string,
  name: string,
  newer: Readonly<Record<string, readonly string[]>>,
): Validator | undefined {
  if (!existsSync(specs + file)) return undefined;
  const { shapes } = JSON.parse(readFileSync(specs + file, 'utf8')) as {
    shapes: Record<string, Shape>;
  };
  const $defs: Schema = {};
  const refer = (target: string): Schema => {
    const short = target.slice(target.indexOf('#') + 1);
    const shape = shapes[target];
    if (shape === undefined) return simple[short] ?? {};
    if ($defs[short] === undefined) {
      // Named before it is made, for shapes that hold themselves.
      $defs[short] = {};
      $defs[short] = schemaOf(shape, newer[short] ?? [], refer);
    }
    return { $ref: `#/$defs/${short}` };
  };
  const namespace = 'com.amazonaws.bedrockruntime#';
  return validator({ ...refer(namespace + name), $defs });
}

const simple: Readonly<Record<string, Schema>> = {
  String: { type: 'string' },
  Boolean: { type: 'boolean' },
  Integer: { type: 'integer' },
  Float: { type: 'number' },
};

function schemaOf(
  { type, members = {}, member, key, value, traits }: Shape,
  newer: readonly string[],
  refer: (target: string) => Schema,
): Schema {
  const limits = (traits?.['smithy.api#length'] ?? {}) as { min?: number; max?: number };
  const range = (traits?.['smithy.api#range'] ?? {}) as { min?: number; max?: number };
  switch (type) {
    case 'structure':
    case 'union': {
      // What stands in the path is not in the body.
      const inBody = Object.entries(members).filter(
        ([, one]) => one.traits?.['smithy.api#httpLabel'] === undefined,
      );
      const properties = Object.fromEntries([
        ...inBody.map(([name, { target }]) => [name, refer(target)] as const),
        ...newer.map((name) => [name, true] as const),
      ]);
      const required = inBody
        .filter(([, one]) => one.traits?.['smithy.api#required'] !== undefined)
        .map(([name]) => name);
      const one = type === 'union' ? { minProperties: 1, maxProperties: 1 } : {};
      return { type: 'object', properties, required, additionalProperties: false, ...one };
    }
    case 'list':
      return {
        type: 'array',
        items: refer(member?.target ?? ''),
        minItems: limits.min ?? 0,
        ...(limits.max === undefined ? {} : { maxItems: limits.max }),
      };
    case 'map':
      return {
        type: 'object',
        propertyNames: refer(key?.target ?? ''),
        additionalProperties: refer(value?.target ?? ''),
      };
    case 'enum':
      return { enum: Object.values(members).map((one) => one.traits?.['smithy.api#enumValue']) };
    case 'string':
    case 'blob': {
      const pattern = traits?.['smithy.api#pattern'];
      return {
        type: 'string',
        minLength: limits.min ?? 0,
        ...(limits.max === undefined || type === 'blob' ? {} : { maxLength: limits.max }),
        ...(typeof pattern === 'string' ? { pattern } : {}),
      };
    }
    case 'integer':
    case 'float':
      return {
        type: type === 'float' ? 'number' : 'integer',
        ...(range.min === undefined ? {} : { minimum: range.min }),
        ...(range.max === undefined ? {} : { maximum: range.max }),
      };
    default:
      return {};
  }
}
