import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { FormatError } from '../errors.ts';
import type { ReadOptions } from '../format.ts';
import { boundParts } from '../parts.ts';
import { checkKey, inferred, MAX_DEPTH, tooDeep, type Value } from '../value.ts';
import { nameToKey } from './names.ts';
import { ITEM, NIL, ROOT, TEXT, XMLNS } from './words.ts';

/** In the order of the document; one of the three names, and `:@` for attributes. */
interface Node {
  readonly [name: string]: unknown;
}

const CDATA = '#cdata';

/** Tags, attributes and entities; a reader needs some five microseconds for each. */
const MOST_MARKS = 250_000;

/**
 * Names that the library refuses, since it keeps them as keys of its objects. Marked as no name can begin,
 * they are as good as any other.
 */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const marked = (name: string): string => (RESERVED.has(name) ? `!${name}` : name);
const unmarked = (name: string): string => (name.startsWith('!') ? name.slice(1) : name);

/** Nothing is decoded or guessed by the library: entities are ours to know, and to refuse. */
const parser = new XMLParser({
  transformTagName: marked,
  transformAttributeName: marked,
  // `toString` and the like, which it would call `__toString`.
  onDangerousProperty: (name) => name,
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  allowBooleanAttributes: false,
  cdataPropName: CDATA,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: 1000,
});

/** Reads a document; comments, processing instructions and the declaration are left behind. */
export function parseXml(text: string, options: ReadOptions): Value {
  const { name, value } = parseElement(text, options);
  return name === ROOT ? value : { [checkKey(nameToKey(name))]: value };
}

/** The one element of a text. */
export function parseElement(
  text: string,
  options: ReadOptions,
): { readonly name: string; readonly value: Value } {
  boundParts(text, '<=&', MOST_MARKS);
  refuseDoctype(text);
  const valid = XMLValidator.validate(text);
  if (valid !== true) {
    const { line } = valid.err;
    throw new FormatError('unreadable', `it is no XML at line ${line}`);
  }
  const elements = elementsOf(parsed(text));
  const [root] = elements;
  // The library leaves behind what comes after the last element.
  const isOver = text.slice(text.lastIndexOf('>') + 1).trim() === '';
  if (root === undefined || elements.length > 1 || !isOver) {
    throw new FormatError('unreadable', 'it has not one element around everything');
  }
  const [name, node] = root;
  return { name, value: valueOf(node, options, options.maxDepth ?? MAX_DEPTH) };
}

/**
 * A document type can fetch files (XXE) and multiply itself (billion laughs): none is read. Looks at each
 * place once, however many comments are begun and never ended.
 */
function refuseDoctype(text: string): void {
  let at = text.indexOf('<!');
  while (at !== -1) {
    const end = text.startsWith('<!--', at)
      ? text.indexOf('-->', at)
      : text.startsWith('<![CDATA[', at)
        ? text.indexOf(']]>', at)
        : undefined;
    if (end === undefined) throw new FormatError('doctype', 'send it without <!DOCTYPE …>');
    if (end === -1)
      throw new FormatError('unreadable', 'it has a comment or a CDATA without an end');
    at = text.indexOf('<!', end);
  }
}

function parsed(text: string): readonly Node[] {
  try {
    return parser.parse(text) as Node[];
  } catch (cause) {
    if (/nested/i.test(String(cause))) throw tooDeep();
    throw new FormatError('unreadable', 'it is no XML', { cause });
  }
}

const nameOf = (node: Node): string => Object.keys(node).find((name) => name !== ':@') ?? '';

const elementsOf = (nodes: readonly Node[]): readonly (readonly [string, Node])[] =>
  nodes.flatMap((node) => {
    const name = nameOf(node);
    return name === TEXT || name === CDATA ? [] : [[unmarked(name), node]];
  });

function valueOf(node: Node, options: ReadOptions, left: number): Value {
  if (left === 0) throw tooDeep();
  const children = node[nameOf(node)] as readonly Node[];
  const attributes = Object.entries((node[':@'] ?? {}) as Readonly<Record<string, string>>);
  const told = attributes.filter(([one]) => one !== NIL && one !== XMLNS);
  if (
    attributes.some(([one, value]) => one === NIL && (value === 'true' || value === '1')) &&
    told.length === 0
  ) {
    return null;
  }
  const elements = elementsOf(children);
  const text = children.map(textOfNode).join('');
  if (told.length === 0 && elements.length === 0) return scalar(text, options);
  if (told.length === 0 && elements.every(([one]) => one === ITEM)) {
    return elements.map(([, child]) => valueOf(child, options, left - 1));
  }
  return recordOf(told, elements, text, options, left);
}

function recordOf(
  attributes: readonly (readonly [string, string])[],
  elements: readonly (readonly [string, Node])[],
  text: string,
  options: ReadOptions,
  left: number,
): Value {
  const record: Record<string, Value> = {};
  for (const [name, value] of attributes) {
    record[`@${nameToKey(unmarked(name))}`] = scalar(decoded(value), options);
  }
  const several = new Set(options.lists);
  const groups = Map.groupBy(elements, ([name]) => name);
  for (const [name, same] of groups) {
    const values = same.map(([, child]) => valueOf(child, options, left - 1));
    const isList = values.length > 1 || several.has(name);
    record[checkKey(nameToKey(name))] = isList ? values : (values[0] ?? null);
  }
  // Between elements white space is layout.
  if (elements.length === 0 ? text !== '' : text.trim() !== '') {
    record[TEXT] = scalar(text, options);
  }
  return record;
}

const scalar = (text: string, { infer = true }: ReadOptions): Value =>
  infer ? inferred(text) : text;

function textOfNode(node: Node): string {
  if (typeof node[TEXT] === 'string') return decoded(node[TEXT]);
  const data = node[CDATA] as readonly Node[] | undefined;
  return (data ?? []).map((one) => String(one[TEXT])).join('');
}

const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** The five entities of XML and characters by number; there are no others without a document type. */
const decoded = (text: string): string =>
  text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (_, ...found) => {
      const [decimal, hex, name] = found as (string | undefined)[];
      const known = entities.get(name ?? '');
      if (known !== undefined) return known;
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      const isLetter = code > 0 && code <= 0x10_ff_ff && (code < 0xd8_00 || code > 0xdf_ff);
      if (isLetter) return String.fromCodePoint(code);
      throw new FormatError('unreadable', 'it has an entity that XML does not have');
    });
