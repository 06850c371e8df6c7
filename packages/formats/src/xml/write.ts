import { FormatError } from '../errors.ts';
import { isList, isRecord, textOf, type Value, type ValueRecord } from '../value.ts';
import { keyToName } from './names.ts';
import { ATTRIBUTE, ITEM, NIL, ROOT, TEXT, XMLNS, XSI } from './words.ts';

/** Writes a document. A record with one key is the element of that name. */
export function stringifyXml(value: Value, root: string = ROOT): string {
  const parts: string[] = ['<?xml version="1.0" encoding="UTF-8"?>\n'];
  const [name, content] = rootOf(value, root);
  const schema = hasNull(content) ? ` ${XMLNS}="${XSI}"` : '';
  writeElement(name, content, parts, schema);
  return parts.join('');
}

function rootOf(value: Value, root: string): readonly [string, Value] {
  const [only, ...more] = isRecord(value) ? Object.entries(value) : [];
  const isElement =
    only !== undefined &&
    more.length === 0 &&
    !isMark(...only) &&
    !isList(only[1]) &&
    only[0] !== ROOT;
  return isElement ? only : [root, value];
}

function hasNull(value: Value): boolean {
  if (value === null) return true;
  if (isPart(value)) return false;
  return (isList(value) ? value : Object.values(value)).some(hasNull);
}

type Part = Exclude<Value, readonly Value[] | ValueRecord>;

const isPart = (value: Value): value is Part =>
  typeof value !== 'object' || (!isList(value) && !isRecord(value));

/** An attribute, or the text beside attributes. */
const isMark = (key: string, value: Value): value is Exclude<Part, null> =>
  (key === TEXT || (key.startsWith(ATTRIBUTE) && key !== ATTRIBUTE)) &&
  value !== null &&
  isPart(value);

/** The parts of one element, as they follow each other. */
export function writeElement(key: string, value: Value, parts: string[], extra = ''): void {
  const name = keyToName(key);
  if (value === null) parts.push(`<${name}${extra} ${NIL}="true"/>`);
  else if (isPart(value)) parts.push(`<${name}${extra}>${escaped(textOf(value))}</${name}>`);
  else if (isList(value)) {
    parts.push(`<${name}${extra}>`);
    for (const item of value) writeElement(ITEM, item, parts);
    parts.push(`</${name}>`);
  } else writeRecord(name, value, parts, extra);
}

function writeRecord(name: string, record: ValueRecord, parts: string[], extra: string): void {
  let attributes = extra;
  let text = '';
  const children: [key: string, value: Value][] = [];
  for (const entry of Object.entries(record)) {
    const [key, value] = entry;
    if (!isMark(key, value)) children.push(entry);
    else if (key === TEXT) text = escaped(textOf(value));
    else attributes += ` ${keyToName(key.slice(1))}="${escapedInQuotes(textOf(value))}"`;
  }
  parts.push(`<${name}${attributes}>${text}`);
  for (const [key, value] of children) {
    // A list in a record is its element, once for each item.
    if (isList(value)) for (const item of value) writeElement(key, item, parts);
    else writeElement(key, value, parts);
  }
  parts.push(`</${name}>`);
}

/** What XML 1.0 has no way to say, not even by number (XML 1.0, 2.2). */
// oxlint-disable-next-line no-control-regex
const NEVER =
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** What most texts have nothing of. */
// oxlint-disable-next-line no-control-regex
const SPECIAL = /[&<>\r\u0000-\u0008\u000B\u000C\u000E-\u001F\uD800-\uDFFF\uFFFE\uFFFF]/;

function escaped(text: string): string {
  if (!SPECIAL.test(text)) return text;
  if (NEVER.test(text)) throw new FormatError('not_expressible', 'a text has a control character');
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}

const escapedInQuotes = (text: string): string =>
  escaped(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
