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
    !isMark(only) &&
    !isList(only[1]) &&
    only[0] !== ROOT;
  return isElement ? only : [root, value];
}

const hasNull = (value: Value): boolean =>
  value === null ||
  (isList(value) && value.some(hasNull)) ||
  (isRecord(value) && Object.values(value).some(hasNull));

type Part = Exclude<Value, readonly Value[] | ValueRecord>;

const isPart = (value: Value): value is Part => !isList(value) && !isRecord(value);

/** An attribute, or the text beside attributes. */
const isMark = ([key, value]: readonly [string, Value]): boolean =>
  isPart(value) &&
  value !== null &&
  (key === TEXT || (key.startsWith(ATTRIBUTE) && key !== ATTRIBUTE));

/** The parts of one element, as they follow each other. */
export function writeElement(key: string, value: Value, parts: string[], extra = ''): void {
  const name = keyToName(key);
  if (value === null) {
    parts.push(`<${name}${extra} ${NIL}="true"/>`);
    return;
  }
  const entries = isRecord(value) ? Object.entries(value) : [];
  const marks = entries.filter(isMark);
  parts.push(`<${name}${extra}`);
  for (const [mark, told] of marks) {
    if (mark === TEXT) continue;
    const text = escaped(textOf(told as Part))
      .replaceAll('"', '&quot;')
      .replaceAll('\n', '&#10;')
      .replaceAll('\t', '&#9;');
    parts.push(` ${keyToName(mark.slice(1))}="${text}"`);
  }
  parts.push('>');
  if (isList(value)) for (const item of value) writeElement(ITEM, item, parts);
  else if (isPart(value)) parts.push(escaped(textOf(value)));
  for (const [mark, told] of marks) if (mark === TEXT) parts.push(escaped(textOf(told as Part)));
  for (const [child, told] of entries) {
    if (marks.some(([mark]) => mark === child)) continue;
    // A list in a record is its element, once for each item.
    if (isList(told)) for (const item of told) writeElement(child, item, parts);
    else writeElement(child, told, parts);
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
