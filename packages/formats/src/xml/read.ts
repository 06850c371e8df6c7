import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { FormatError } from '../errors.ts';
import type { ReadOptions } from '../format.ts';
import { checkKey, inferred, MAX_DEPTH, tooDeep, type Value } from '../value.ts';
import { nameToKey } from './names.ts';
import { ITEM, NIL, ROOT, TEXT, XMLNS } from './words.ts';

/** In the order of the document; one of the three names, and `:@` for attributes. */
interface Node {
  readonly [name: string]: unknown;
}

const CDATA = '#cdata';

/** Nothing is decoded or guessed by the library: entities are ours to know, and to refuse. */
const parser = new XMLParser({
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
  // A document type can fetch files (XXE) and multiply itself (billion laughs): none is read.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text.replaceAll(/<!--.*?-->|<!\[CDATA\[.*?\]\]>/gs, ''))) {
    throw new FormatError('doctype', 'send it without <!DOCTYPE …>');
  }
  const valid = XMLValidator.validate(text);
  if (valid !== true) {
    const { line } = valid.err;
    throw new FormatError('unreadable', `it is no XML at line ${line}`);
  }
  const elements = elementsOf(parsed(text));
  const [root] = elements;
  if (root === undefined || elements.length > 1) {
    throw new FormatError('unreadable', 'it has not one element around everything');
  }
  const [name, node] = root;
  return { name, value: valueOf(node, name, options, options.maxDepth ?? MAX_DEPTH) };
}

function parsed(text: string): readonly Node[] {
  try {
    return parser.parse(text) as Node[];
  } catch (cause) {
    if (/nested/i.test(String(cause))) throw tooDeep();
    const isKey = /reserved|pollution/i.test(String(cause));
    throw new FormatError(isKey ? 'forbidden_key' : 'unreadable', 'it is no XML', { cause });
  }
}

const nameOf = (node: Node): string => Object.keys(node).find((name) => name !== ':@') ?? '';

const elementsOf = (nodes: readonly Node[]): readonly (readonly [string, Node])[] =>
  nodes.flatMap((node) => {
    const name = nameOf(node);
    return name === TEXT || name === CDATA ? [] : [[name, node]];
  });

function valueOf(node: Node, name: string, options: ReadOptions, left: number): Value {
  if (left === 0) throw tooDeep();
  const children = node[name] as readonly Node[];
  const attributes = Object.entries((node[':@'] ?? {}) as Readonly<Record<string, string>>);
  const told = attributes.filter(([one]) => one !== NIL && one !== XMLNS);
  if (attributes.some(([one, value]) => one === NIL && value === 'true') && told.length === 0) {
    return null;
  }
  const elements = elementsOf(children);
  const text = children.map(textOfNode).join('');
  if (told.length === 0 && elements.length === 0) return scalar(text, options);
  if (told.length === 0 && elements.every(([one]) => one === ITEM)) {
    return elements.map(([one, child]) => valueOf(child, one, options, left - 1));
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
    record[`@${nameToKey(name)}`] = scalar(decoded(value), options);
  }
  const several = new Set(options.lists);
  const groups = Map.groupBy(elements, ([name]) => name);
  for (const [name, same] of groups) {
    const values = same.map(([, child]) => valueOf(child, name, options, left - 1));
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
      if (code > 0 && code <= 0x10_ff_ff) return String.fromCodePoint(code);
      throw new FormatError('unreadable', 'it has an entity that XML does not have');
    });
