import { type Document, isScalar, parseAllDocuments, type ScalarTag, stringify, visit } from 'yaml';
import { FormatError } from './errors.ts';
import type { PromptFormat, ReadOptions } from './format.ts';
import { boundParts, PartCount } from './parts.ts';
import { textOfBody, utf8 } from './text.ts';
import {
  checked,
  Decimal,
  exactNumber,
  isList,
  isRecord,
  NUMBER,
  timeOf,
  type Value,
} from './value.ts';

/** YAML 1.2, core schema and `!!binary`. Several documents are a list. */
export const yaml: PromptFormat = {
  name: 'yaml',
  mediaTypes: ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml'],
  read: (bytes, options) => parseYaml(textOfBody(bytes, options.contentType), options),
  write: (value) => ({
    bytes: utf8(stringifyYaml(value)),
    contentType: 'application/yaml; charset=utf-8',
  }),
};

/** Lines, items and pairs, about; the library needs some five microseconds for each. */
const MOST_MARKS = 100_000;

/** How many aliases may stand in for others: Norwegians and bombs are the reason. */
const MAX_ALIASES = 100;

const shared = { version: '1.2', schema: 'core' } as const;

export function parseYaml(text: string, options: ReadOptions): Value {
  boundParts(text, '\n,:[{', MOST_MARKS);
  let documents: readonly Document[];
  try {
    const parsed = parseAllDocuments(text, {
      ...shared,
      customTags: ['binary'],
      intAsBigInt: true,
      // It compares each key with all before it, which are as many as somebody likes.
      uniqueKeys: false,
    });
    documents = 'empty' in parsed ? [] : parsed;
  } catch (cause) {
    throw new FormatError('unreadable', 'it is no YAML', { cause });
  }
  const values = documents.map((document) => valueOf(document, options));
  return values.length === 1 ? (values[0] ?? null) : values.length === 0 ? null : values;
}

function valueOf(document: Document, options: ReadOptions): Value {
  const [error] = document.errors;
  if (error !== undefined) {
    const [place] = error.linePos ?? [];
    const at = place === undefined ? '' : ` at line ${place.line}, column ${place.col}`;
    throw new FormatError('unreadable', `it is no YAML${at}`, { cause: error });
  }
  visit(document, {
    Scalar(_key, node) {
      const { source = '', value } = node;
      if (typeof value === 'bigint')
        node.value = Number.isSafeInteger(Number(value)) ? Number(value) : value;
      else if (typeof value === 'number' && NUMBER.test(source)) node.value = exactNumber(source);
    },
    Map(_key, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (key !== null && !isScalar(key)) throw new FormatError('unreadable', 'a key is no text');
        const value = key?.value;
        const name = typeof value === 'string' ? value : (key?.source ?? '');
        if (keys.has(name)) throw new FormatError('unreadable', 'two keys of a map are the same');
        keys.add(name);
      }
    },
  });
  try {
    return checked(document.toJS({ maxAliasCount: MAX_ALIASES }), options);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    const isBomb = String(cause).includes('alias');
    throw new FormatError(isBomb ? 'alias_bomb' : 'unreadable', 'it cannot be built', { cause });
  }
}

/** Written as it was read. */
const decimal: ScalarTag = {
  identify: (value) => value instanceof Decimal,
  default: true,
  tag: 'tag:yaml.org,2002:float',
  test: /(?!)/,
  resolve: (text) => text,
  stringify: ({ value }) => String(value),
};

/** @throws {FormatError} `too_many_parts`: the library takes ten microseconds for each */
export function stringifyYaml(value: Value): string {
  return stringify(dated(value, new PartCount(MOST_MARKS)), {
    ...shared,
    customTags: ['binary', decimal],
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}

/** Times as text: in YAML 1.2 they have no type of their own. */
function dated(value: Value, count: PartCount): Value {
  count.add();
  if (value instanceof Date) return timeOf(value);
  if (isList(value)) return value.map((item) => dated(item, count));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, dated(item, count)]));
}
