import { isObject, isString, type JsonObject } from '../json.ts';
import { decodedUri } from '../uri.ts';
import { formats } from './formats.ts';
import { matching } from './pattern.ts';
import type { Random } from './random.ts';

/**
 * A value that satisfies a JSON Schema (draft 2020-12, with `definitions` and `nullable` of older
 * ones), as far as tools and structured outputs use it. What cannot be satisfied by construction
 * alone (`not`, `if`, `dependentSchemas`, `unevaluated…`) is not looked at.
 */
export function sample(schema: unknown, random: Random, words: () => string): unknown {
  return new Sampler(schema, random, words).value(schema, 0);
}

/** Below it, a schema that contains itself is answered with as little as it allows. */
const deepest = 5;

/** Where it ends in any case: a schema may ask for itself without end. */
const bottom = 32;

/** A schema comes from a caller: whatever it asks, so many values and no text longer are made. */
const mostValues = 20_000;
const longestText = 10_000;

type Make = (schema: JsonObject, depth: number) => unknown;

class Sampler {
  readonly #root: unknown;
  readonly #random: Random;
  readonly #words: () => string;
  #left = mostValues;

  constructor(root: unknown, random: Random, words: () => string) {
    this.#root = root;
    this.#random = random;
    this.#words = words;
  }

  value(schema: unknown, depth: number): unknown {
    if (this.#left-- <= 0) return null;
    if (!isObject(schema) || depth > bottom) return this.#words();
    if ('const' in schema) return schema['const'];
    if (Array.isArray(schema['enum'])) return this.#random.pick(schema['enum']);
    if (isString(schema['$ref'])) {
      const { $ref: _, ...beside } = schema;
      return this.value(merge(this.#resolve(schema['$ref']), beside), depth + 1);
    }
    if (Array.isArray(schema['allOf'])) {
      const { allOf, ...beside } = schema;
      const parts = [...(Array.isArray(allOf) ? allOf : []), beside];
      return this.value(
        parts.map((part) => this.#flat(part)).reduce((sum, part) => merge(sum, part), {}),
        depth + 1,
      );
    }
    for (const key of ['anyOf', 'oneOf']) {
      const branches = schema[key];
      if (!Array.isArray(branches) || branches.length === 0) continue;
      const { [key]: _, ...beside } = schema;
      return this.value(merge(this.#branch(branches, depth), beside), depth + 1);
    }
    return this.#make.get(typeOf(schema))?.(schema, depth) ?? null;
  }

  /** One of several: while there is room the first that says something, below it the smallest. */
  #branch(branches: readonly unknown[], depth: number): unknown {
    const simple = branches.filter((branch) => isObject(branch) && isSimple(branch));
    if (depth >= deepest && simple.length > 0) return simple[0];
    return branches.find((branch) => !isObject(branch) || branch['type'] !== 'null') ?? branches[0];
  }

  readonly #make: ReadonlyMap<string, Make> = new Map<string, Make>(
    Object.entries({
      object: (schema: JsonObject, depth: number) => this.#object(schema, depth),
      array: (schema: JsonObject, depth: number) => this.#array(schema, depth),
      string: (schema: JsonObject) => this.#string(schema),
      integer: (schema: JsonObject) => this.#number(schema, 1),
      number: (schema: JsonObject) => this.#number(schema, 0),
      boolean: () => this.#random.next() < 0.5,
      null: () => null,
    }),
  );

  #object(schema: JsonObject, depth: number): unknown {
    const made: Record<string, unknown> = {};
    const properties = isObject(schema['properties']) ? schema['properties'] : {};
    const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
    for (const [name, property] of Object.entries(properties)) {
      if (required.has(name) || depth < deepest) made[name] = this.value(property, depth + 1);
    }
    for (const name of required) {
      if (isString(name) && !(name in made)) made[name] = this.#extra(schema, depth);
    }
    const missing = (amount(schema['minProperties']) ?? 0) - Object.keys(made).length;
    for (let index = 1; index <= missing && this.#left > 0; index++) {
      made[`key_${index}`] = this.#extra(schema, depth);
    }
    return made;
  }

  #extra(schema: JsonObject, depth: number): unknown {
    return this.value(schema['additionalProperties'], depth + 1);
  }

  #array(schema: JsonObject, depth: number): unknown {
    const first = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : [];
    const least = amount(schema['minItems']) ?? 0;
    const wanted =
      depth < deepest ? Math.max(least, first.length, this.#random.whole(1, 2)) : least;
    const count = Math.min(wanted, amount(schema['maxItems']) ?? wanted);
    const made: unknown[] = [];
    const known = new Set<string>();
    // An enum may have fewer values than wanted: a few more tries, then as many as there are.
    for (let tries = 0; made.length < count && tries < 10 * count && this.#left > 0; tries++) {
      const value = this.value(first[made.length] ?? schema['items'], depth + 1);
      const text = JSON.stringify(value);
      if (schema['uniqueItems'] === true && known.has(text)) continue;
      known.add(text);
      made.push(value);
    }
    return made;
  }

  #string(schema: JsonObject): string {
    const { format, pattern, examples } = schema;
    const least = Math.min(amount(schema['minLength']) ?? 0, longestText);
    const most = amount(schema['maxLength']) ?? Infinity;
    if (isString(pattern)) {
      // A pattern may allow more lengths than the schema: a few draws find one that fits both.
      for (let tries = 0; tries < 20; tries++) {
        const made = matching(pattern, this.#random);
        if (made !== undefined && made.length >= least && made.length <= most) return made;
      }
      if (Array.isArray(examples) && isString(examples[0])) return examples[0];
    }
    const known = isString(format) ? formats.get(format) : undefined;
    if (known !== undefined) return known(this.#random);
    let text = this.#words();
    while (text.length < 2 * least && charactersOf(text).length < least) {
      text += ` ${this.#words()}`;
    }
    this.#left -= Math.floor(text.length / 100);
    return most === Infinity ? text : charactersOf(text).slice(0, most).join('');
  }

  /** `grid` is 1 for whole numbers; numbers with a fraction come with two digits where they fit. */
  #number(schema: JsonObject, grid: number): number {
    const step = amount(schema['multipleOf']) ?? grid;
    const above = amount(schema['exclusiveMinimum']);
    const below = amount(schema['exclusiveMaximum']);
    let least = Math.max(amount(schema['minimum']) ?? -Infinity, above ?? -Infinity);
    let most = Math.min(amount(schema['maximum']) ?? Infinity, below ?? Infinity);
    if (least === -Infinity) least = most === Infinity ? 1 : most - 100;
    if (most === Infinity) most = least + 100;
    if (step > 0) {
      const from = Math.ceil(least / step) + (Math.ceil(least / step) * step === above ? 1 : 0);
      const to = Math.floor(most / step) - (Math.floor(most / step) * step === below ? 1 : 0);
      return this.#random.whole(from, Math.max(from, to)) * step;
    }
    const value = least + (most - least) * (0.1 + 0.8 * this.#random.next());
    const rounded = Math.round(value * 100) / 100;
    return rounded > least && rounded < most ? rounded : value;
  }

  #resolve(reference: string): unknown {
    let found: unknown = this.#root;
    for (const part of reference.replace(/^#\/?/, '').split('/')) {
      if (part === '') continue;
      const name = decodedUri(part).replaceAll('~1', '/').replaceAll('~0', '~');
      found = isObject(found)
        ? found[name]
        : Array.isArray(found)
          ? found[Number(name)]
          : undefined;
    }
    return found;
  }

  #flat(part: unknown): unknown {
    return isObject(part) && isString(part['$ref']) ? this.#resolve(part['$ref']) : part;
  }
}

/** Both at once; what both name is taken from the second, but for what can be added up. */
function merge(one: unknown, other: unknown): unknown {
  if (!isObject(one)) return other;
  if (!isObject(other)) return one;
  const both: Record<string, unknown> = { ...one, ...other };
  if (isObject(one['properties']) && isObject(other['properties'])) {
    both['properties'] = { ...one['properties'], ...other['properties'] };
  }
  if (Array.isArray(one['required']) && Array.isArray(other['required'])) {
    both['required'] = [...one['required'], ...other['required']];
  }
  return both;
}

function isSimple(schema: JsonObject): boolean {
  return !('$ref' in schema) && !['object', 'array'].includes(typeOf(schema));
}

/** The type to make; of several the first that is not null; from the keywords when none is told. */
function typeOf(schema: JsonObject): string {
  const { type } = schema;
  if (isString(type)) return type;
  if (Array.isArray(type)) return String(type.find((one) => one !== 'null') ?? 'null');
  if ('properties' in schema || 'required' in schema) return 'object';
  if ('items' in schema || 'prefixItems' in schema) return 'array';
  if ('minimum' in schema || 'maximum' in schema || 'multipleOf' in schema) return 'number';
  return 'string';
}

/** JSON Schema counts characters (RFC 8259), which are code points. */
const charactersOf = (text: string): readonly string[] => Array.from(text);

const amount = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
