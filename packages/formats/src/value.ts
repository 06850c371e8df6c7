import { FormatError } from './errors.ts';

/**
 * What a document says, whatever its format. Integers beyond 2⁵³ are `bigint`, decimals that a
 * double cannot hold a `Decimal`: no digit is lost between two formats that have it.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Decimal
  | Date
  | Uint8Array
  | readonly Value[]
  | ValueRecord;

export interface ValueRecord {
  readonly [key: string]: Value;
}

/** A number as it was written, in JSON's grammar. */
export class Decimal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

export const isRecord = (value: unknown): value is ValueRecord =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Decimal || value instanceof Date || value instanceof Uint8Array);

export const isList = (value: unknown): value is readonly Value[] => Array.isArray(value);

/** JSON's grammar of numbers (RFC 8259, section 6). */
export const NUMBER: RegExp = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Nobody reckons with more, and making a number of a million takes minutes. */
export const MOST_DIGITS = 4096;

/** The number a text says, with all of its digits. The text has to match `NUMBER`. */
export function exactNumber(text: string): number | bigint | Decimal {
  if (text.length > MOST_DIGITS) return new Decimal(text);
  const near = Number(text);
  if (String(near) === text && (Number.isSafeInteger(near) || !Number.isInteger(near))) return near;
  if (Number.isSafeInteger(near) && /^-?\d+$/.test(text)) return near;
  if (/^-?\d+$/.test(text)) return BigInt(text);
  return Number.isFinite(near) && sameDigits(text, String(near)) ? near : new Decimal(text);
}

function sameDigits(one: string, other: string): boolean {
  const [digits, exponent] = scientific(one);
  const [otherDigits, otherExponent] = scientific(other);
  return digits === otherDigits && (digits === '' || exponent === otherExponent);
}

/** Digits without zeros at either end, and the power of ten that belongs to the last. */
function scientific(text: string): readonly [digits: string, exponent: number] {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = (whole + fraction).replace(/^0+/, '');
  let end = all.length;
  while (all[end - 1] === '0') end--;
  const exponent = Number(power) - fraction.length + (all.length - end);
  return [end === 0 ? '' : sign + all.slice(0, end), exponent];
}

/** What a text says in a format that has nothing but text: `true`, `12`, and else itself. */
export function inferred(text: string): boolean | number | bigint | Decimal | string {
  if (text === 'true' || text === 'false') return text === 'true';
  return NUMBER.test(text) ? exactNumber(text) : text;
}

/** A value without parts as text: what is written where a format has nothing but text. */
export function textOf(value: Exclude<Value, readonly Value[] | ValueRecord>): string {
  if (value === null) return '';
  if (value instanceof Date) return timeOf(value);
  if (value instanceof Uint8Array) return base64Of(value);
  return String(value);
}

/** RFC 3339. */
export function timeOf(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new FormatError('not_expressible', 'a time that is none');
  return date.toISOString();
}

export const base64Of = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** Keys that would be more than keys wherever somebody copies the record by assignment. */
export function checkKey(key: string): string {
  if (key !== '__proto__') return key;
  throw new FormatError('forbidden_key', 'found "__proto__"');
}

/** Nested deeper than this nobody's documents are, and every reader would be at risk. */
export const MAX_DEPTH = 100;

export interface Limits {
  /** How deep lists and records may be nested; 100 where nothing is said. */
  readonly maxDepth?: number;
}

/**
 * Looks at what a library has read: its depth, its keys, and that there is nothing but values.
 * Undefined fields are left out.
 */
export function checked(value: unknown, { maxDepth = MAX_DEPTH }: Limits): Value {
  return look(value, maxDepth);
}

function look(value: unknown, left: number): Value {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return scalar(value);
  if (value instanceof Decimal || value instanceof Date) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (left === 0) throw tooDeep();
  if (value instanceof Set) return look([...value], left);
  if (!isPlain(value)) throw new FormatError('unreadable', 'it has a type of its own');
  if (Array.isArray(value)) return value.map((item: unknown) => look(item, left - 1));
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(
    entries
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [checkKey(keyOf(key)), look(item, left - 1)]),
  );
}

/** What libraries make of extensions they do not know, and of bytes that mean nothing, is not. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === null ||
    [Object.prototype, Array.prototype, Map.prototype].includes(prototype as object)
  );
}

function keyOf(key: unknown): string {
  if (typeof key === 'string') return key;
  if (['number', 'bigint', 'boolean'].includes(typeof key)) return String(key);
  throw new FormatError('unreadable', 'a key is neither text nor number');
}

function scalar(value: unknown): Value {
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value);
  if (['boolean', 'number', 'bigint', 'string'].includes(typeof value)) return value as Value;
  throw new FormatError('unreadable', `found a ${typeof value}`);
}

export const tooDeep = (): FormatError =>
  new FormatError('too_deep', 'split the document, or raise the limit');
