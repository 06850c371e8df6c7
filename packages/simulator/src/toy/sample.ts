import { isObject, isString, type JsonObject } from '../json.ts';
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

/** No list and no text gets longer, whatever the schema asks: it comes from a caller. */
const longest = 10_000;

type Make = (schema: JsonObject, depth: number) => unknown;

class Sampler {
  readonly #root: unknown;
  readonly #random: Random;
  readonly #words: () => string;

  constructor(root: unknown, random: Random, words: () => string) {
    this.#root = root;
    this.#random = random;
    this.#words = words;
  }

  value(schema: unknown, depth: number): unknown {
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
        depth,
      );
    }
    for (const key of ['anyOf', 'oneOf']) {
      const branches = schema[key];
      if (!Array.isArray(branches) || branches.length === 0) continue;
      const { [key]: _, ...beside } = schema;
      return this.value(merge(this.#branch(branches, depth), beside), depth);
    }
    return this.#make[typeOf(schema)]?.(schema, depth) ?? null;
  }

  /** One of several: while there is room the first that says something, below it the smallest. */
  #branch(branches: readonly unknown[], depth: number): unknown {
    const simple = branches.filter((branch) => isObject(branch) && isSimple(branch));
    if (depth >= deepest && simple.length > 0) return simple[0];
    return branches.find((branch) => !isObject(branch) || branch['type'] !== 'null') ?? branches[0];
  }

  readonly #make: Readonly<Record<string, Make>> = {
    object: (schema, depth) => this.#object(schema, depth),
    array: (schema, depth) => this.#array(schema, depth),
    string: (schema) => this.#string(schema),
    integer: (schema) => this.#number(schema, 1),
    number: (schema) => this.#number(schema, 0),
    boolean: () => this.#random.next() < 0.5,
    null: () => null,
  };

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
    const least = Math.min(amount(schema['minProperties']) ?? 0, longest);
    for (let index = 1; Object.keys(made).length < least; index++) {
      made[`key_${index}`] = this.#extra(schema, depth);
    }
    return made;
  }

  #extra(schema: JsonObject, depth: number): unknown {
    return this.value(schema['additionalProperties'], depth + 1);
  }

  #array(schema: JsonObject, depth: number): unknown {
    const first = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : [];
    const least = Math.min(amount(schema['minItems']) ?? 0, longest);
    const wanted =
      depth < deepest ? Math.max(least, first.length, this.#random.whole(1, 2)) : least;
    const count = Math.min(wanted, amount(schema['maxItems']) ?? wanted);
    const made: unknown[] = [];
    const known = new Set<string>();
    // An enum may have fewer values than wanted: a few more tries, then as many as there are.
    for (let tries = 0; made.length < count && tries < 10 * count; tries++) {
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
    const least = Math.min(amount(schema['minLength']) ?? 0, longest);
    const most = amount(schema['maxLength']) ?? Infinity;
    if (isString(pattern)) {
      // A pattern may allow more lengths than the schema: a few draws find one that fits both.
      for (let tries = 0; tries < 20; tries++) {
        const made = matching(pattern, this.#random);
        if (made !== undefined && made.length >= least && made.length <= most) return made;
      }
      if (Array.isArray(examples) && isString(examples[0])) return examples[0];
    }
    const known = isString(format) ? formats[format] : undefined;
    if (known !== undefined) return known(this.#random);
    let text = this.#words();
    while (text.length < 2 * least && charactersOf(text).length < least) {
      text += ` ${this.#words()}`;
    }
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
      const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
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

const two = (random: Random, least: number, most: number): string =>
  String(random.whole(least, most)).padStart(2, '0');
const date = (random: Random): string => `2026-${two(random, 1, 12)}-${two(random, 1, 28)}`;
const time = (random: Random): string =>
  `${two(random, 0, 23)}:${two(random, 0, 59)}:${two(random, 0, 59)}Z`;
const hex = (random: Random, length: number): string =>
  Array.from({ length }, () => random.whole(0, 15).toString(16)).join('');

/** JSON Schema validation, section 7.3: the formats that are checked in practice. */
const formats: Readonly<Record<string, (random: Random) => string>> = {
  'date-time': (random) => `${date(random)}T${time(random)}`,
  date,
  time,
  duration: (random) => `PT${random.whole(1, 59)}M`,
  email: (random) => `keeper${random.whole(1, 99)}@example.com`,
  hostname: () => 'harbour.example.com',
  ipv4: (random) => `192.0.2.${random.whole(1, 254)}`,
  ipv6: (random) => `2001:db8::${hex(random, 4)}`,
  uri: (random) => `https://example.com/ships/${random.whole(1, 999)}`,
  uuid: (random) =>
    `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-8${hex(random, 3)}-${hex(random, 12)}`,
};
