import { FormatError } from './errors.ts';
import type { PromptFormat, ReadOptions } from './format.ts';
import { boundParts } from './parts.ts';
import { refuseReplaced, textOfBody, utf8 } from './text.ts';
import {
  checkKey,
  inferred,
  isList,
  isRecord,
  MAX_DEPTH,
  textOf,
  tooDeep,
  type Value,
} from './value.ts';

/** `application/x-www-form-urlencoded` (WHATWG URL Standard, 5), nested by brackets: `a[b][0]=c`. */
export const form: PromptFormat = {
  name: 'form',
  mediaTypes: ['application/x-www-form-urlencoded'],
  read(bytes, options) {
    const text = textOfBody(bytes, options.contentType);
    boundParts(text, '&', MOST_FIELDS);
    const pairs = [...new URLSearchParams(text)];
    // As it is written there, or in percent.
    refuseReplaced(pairs, () => /\uFFFD|%EF%BF%BD/i.test(text));
    return recordOf(pairs, options);
  },
  write(value) {
    const pairs = new URLSearchParams();
    for (const [name, part] of fieldsOf(value)) pairs.append(name, textOf(part));
    return { bytes: utf8(pairs.toString()), contentType: 'application/x-www-form-urlencoded' };
  },
};

const MOST_FIELDS = 250_000;

type Part = Exclude<Value, readonly Value[] | { readonly [key: string]: Value }>;

/** The fields of a value, with their names in brackets. */
export function* fieldsOf(value: Value): Generator<readonly [name: string, part: Part]> {
  if (!isRecord(value)) throw new FormatError('not_expressible', 'a form is a record');
  for (const [key, item] of Object.entries(value)) {
    if (/[[\]]/.test(key)) throw new FormatError('not_expressible', 'a key has a bracket');
    yield* below(key, item);
  }
}

function* below(name: string, value: Value): Generator<readonly [string, Part]> {
  if (isList(value)) {
    for (const [index, item] of value.entries()) yield* below(`${name}[${index}]`, item);
  } else if (isRecord(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (/[[\]]/.test(key)) throw new FormatError('not_expressible', 'a key has a bracket');
      yield* below(`${name}[${key}]`, item);
    }
  } else yield [name, value];
}

/** While it is read: a map by key, in which `[]` counts on; a list where keys are 0, 1, 2 … */
type Branch = Map<string, Branch | Value>;

/** A record from fields. Fields of one name are a list. */
export function recordOf(
  fields: readonly (readonly [name: string, value: Value])[],
  { infer = true, maxDepth = MAX_DEPTH }: ReadOptions,
): Value {
  const root: Branch = new Map();
  for (const [name, value] of fields) {
    const part = infer && typeof value === 'string' ? inferred(value) : value;
    const path = pathOf(name);
    if (path.length > maxDepth) throw tooDeep();
    place(root, path, part, true);
  }
  const value = grown(root);
  return isList(value)
    ? Object.fromEntries(value.map((item, index) => [String(index), item]))
    : value;
}

/** `a[b][]` is a, b and the next one. A name whose brackets do not fit is a name. */
function pathOf(name: string): readonly string[] {
  const first = name.indexOf('[');
  const rest = first <= 0 ? '' : name.slice(first);
  if (!/^(?:\[[^[\]]*\])+$/.test(rest)) return [checkKey(name)];
  return [name.slice(0, first), ...rest.slice(1, -1).split('][')].map(checkKey);
}

function place(branch: Branch, path: readonly string[], value: Value, isField = false): void {
  const [key = '', ...rest] = path;
  // Only brackets with nothing inside count on: a field may have no name.
  const name = key === '' && !isField ? next(branch) : key;
  const held = branch.get(name);
  if (rest.length > 0) {
    const inner = held instanceof Map ? held : new Map<string, Branch | Value>();
    if (held !== undefined && inner !== held) throw clash(name);
    branch.set(name, inner);
    place(inner, rest, value);
  } else if (held === undefined) branch.set(name, value);
  else if (held instanceof Map) held.set(next(held), value);
  else
    branch.set(
      name,
      new Map<string, Branch | Value>([
        ['0', held],
        ['1', value],
      ]),
    );
}

const next = (branch: Branch): string => String(branch.size);

const clash = (name: string): FormatError =>
  new FormatError('unreadable', `the field "${name.slice(0, 60)}" is both a value and a record`);

function grown(branch: Branch | Value): Value {
  if (!(branch instanceof Map)) return branch;
  const keys = [...branch.keys()];
  const isRow = keys.length > 0 && keys.every((key, index) => key === String(index));
  if (isRow) return [...branch.values()].map(grown);
  return Object.fromEntries([...branch].map(([key, item]) => [key, grown(item)]));
}
