import { RequestError } from './errors.ts';
import type { Extra, JsonObject } from './intent.ts';
import { numberOf } from './json.ts';

/**
 * One object of a caller's request, read field by field. What nobody asked for is left over and
 * becomes an extra, so a field that a codec does not know can never vanish in silence. `null`
 * counts as absent, as the vendors' own SDKs send it. Own properties only: `__proto__` is a field
 * like any other.
 */
export class Fields {
  readonly path: string;
  readonly #object: JsonObject;
  readonly #extras: Extra[];
  readonly #left: Set<string>;

  private constructor(object: JsonObject, path: string, extras: Extra[]) {
    this.path = path;
    this.#object = object;
    this.#extras = extras;
    this.#left = new Set(Object.keys(object));
  }

  /** @throws {RequestError} when the value is no object */
  static of(value: unknown, path: string, extras: Extra[]): Fields {
    if (!isJsonObject(value))
      throw new RequestError(path === '' ? 'body' : path, value, 'an object');
    return new Fields(value, path, extras);
  }

  /** Path of a field of this object. */
  at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  /** The value as it is; undefined when absent or null. */
  raw(name: string): unknown {
    this.#left.delete(name);
    const value = Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
    return value ?? undefined;
  }

  /** A look at a value that is still to be read, or told as left over. */
  peek(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
  }

  /** Says that a field is known and means nothing here. */
  skip(...names: string[]): void {
    for (const name of names) this.#left.delete(name);
  }

  string(name: string): string | undefined {
    return this.#typed(name, isString, 'a string');
  }

  needString(name: string): string {
    const value = this.string(name);
    if (value === undefined) throw new RequestError(this.at(name), undefined, 'a string');
    return value;
  }

  number(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const number = numberOf(value);
    if (number === undefined) throw new RequestError(this.at(name), value, 'a number');
    return number;
  }

  boolean(name: string): boolean | undefined {
    return this.#typed(name, isBoolean, 'true or false');
  }

  array(name: string): readonly unknown[] | undefined {
    return this.#typed<readonly unknown[]>(name, Array.isArray, 'an array');
  }

  strings(name: string): readonly string[] | undefined {
    return this.#typed(name, isStrings, 'an array of strings');
  }

  /** An object that is carried as it is, such as a schema. */
  json(name: string): JsonObject | undefined {
    return this.#typed(name, isJsonObject, 'an object');
  }

  /** An object that is read in turn. */
  object(name: string): Fields | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : Fields.of(value, this.at(name), this.#extras);
  }

  /** The objects of an array, which is empty when absent. */
  objects(name: string): readonly Fields[] {
    return (this.array(name) ?? []).map((value, index) =>
      Fields.of(value, `${this.at(name)}[${index}]`, this.#extras),
    );
  }

  /** To be called when all has been read that is understood. */
  done(): void {
    for (const name of this.#left) {
      const value = this.#object[name];
      if (value !== null) this.#extras.push({ path: this.at(name), value });
    }
  }

  /** What has not been read yet; it is taken as read now. */
  left(): JsonObject {
    const names = [...this.#left];
    this.#left.clear();
    return Object.fromEntries(names.map((name) => [name, this.#object[name]]));
  }

  /** This object as it came, for what is carried whole. */
  whole(): JsonObject {
    this.#left.clear();
    return this.#object;
  }

  #typed<T>(name: string, is: (value: unknown) => value is T, expected: string): T | undefined {
    const value = this.raw(name);
    if (value === undefined || is(value)) return value;
    throw new RequestError(this.at(name), value, expected);
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isString = (value: unknown): value is string => typeof value === 'string';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(isString);

/** Reading of providers' answers, where nothing is demanded: the value, or undefined. */
export function objectIn(value: unknown, name: string): JsonObject | undefined {
  const found = valueIn(value, name);
  return isJsonObject(found) ? found : undefined;
}

export function textIn(value: unknown, name: string): string | undefined {
  const found = valueIn(value, name);
  return typeof found === 'string' ? found : undefined;
}

/** A text that says something: some servers fill what they do not know with nothing. */
export function wordIn(value: unknown, name: string): string | undefined {
  const text = textIn(value, name);
  return text === '' ? undefined : text;
}

export function listIn(value: unknown, name: string): readonly unknown[] {
  const found = valueIn(value, name);
  return Array.isArray(found) ? found : [];
}

export function valueIn(value: unknown, name: string): unknown {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
