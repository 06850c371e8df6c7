/**
 * A small scan of XML for what health answers need: elements, attributes and text, as an object in
 * the way that JSON would say it. No DTD, so that no entity can be declared or fetched; the five
 * entities every document has, and characters by number, are known.
 */
import type { Fields } from './fields.ts';

const MAX_ELEMENTS = 10_000;
const MAX_DEPTH = 64;

interface Element {
  readonly name: string;
  readonly fields: Map<string, unknown>;
  text: string;
}

/** The root and its name; undefined when it is not well-formed enough, too deep or too large. */
export function elements(source: string): { name: string; root: unknown } | undefined {
  const open: Element[] = [];
  const document: Element = { name: '', fields: new Map(), text: '' };
  let count = 0;
  for (const { kind, value } of tokens(source)) {
    const parent = open.at(-1) ?? document;
    if (kind === 'broken') return undefined;
    if (kind === 'text') parent.text = (parent.text + value).slice(0, 8_192);
    else if (kind === 'close') {
      const done = open.pop();
      if (done === undefined || done.name !== value) return undefined;
      add(open.at(-1) ?? document, done);
    } else {
      count += 1;
      const element = start(value);
      if (element === undefined || count > MAX_ELEMENTS || open.length >= MAX_DEPTH)
        return undefined;
      if (kind === 'empty') add(parent, element);
      else open.push(element);
    }
  }
  const [root, ...others] = document.fields;
  if (root === undefined || others.length > 0 || open.length > 0) return undefined;
  return { name: root[0], root: root[1] };
}

interface Token {
  readonly kind: 'open' | 'close' | 'empty' | 'text' | 'broken';
  readonly value: string;
}

const broken: Token = { kind: 'broken', value: '' };

function* tokens(source: string): Generator<Token> {
  let at = 0;
  while (at < source.length) {
    const next = source.indexOf('<', at);
    yield { kind: 'text', value: decode(source.slice(at, next === -1 ? undefined : next)) };
    if (next === -1) return;
    const [opener, closer] = sections.find(([one]) => source.startsWith(one, next)) ?? ['<', '>'];
    const end = source.indexOf(closer, next + opener.length);
    if (end === -1) return yield broken;
    const inner = source.slice(next + opener.length, end);
    at = end + closer.length;
    if (opener === '<![CDATA[') yield { kind: 'text', value: inner };
    else if (opener === '<!') return yield broken;
    else if (opener === '<') yield tag(inner);
  }
}

/** `<!` is what is left of the markup declarations, the DTD first of all. */
const sections = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
  ['<!', '>'],
] as const;

function tag(inner: string): Token {
  if (inner.startsWith('/')) return { kind: 'close', value: inner.slice(1).trimEnd() };
  return inner.endsWith('/')
    ? { kind: 'empty', value: inner.slice(0, -1) }
    : { kind: 'open', value: inner };
}

const NAME = /^[A-Za-z_][\w.:-]{0,127}/;
const ATTRIBUTE = /\s+([A-Za-z_][\w.:-]{0,127})\s*=\s*(?:"([^"]*)"|'([^']*)')/y;

function start(inner: string): Element | undefined {
  const name = NAME.exec(inner)?.[0];
  if (name === undefined) return undefined;
  const fields = new Map<string, unknown>();
  ATTRIBUTE.lastIndex = name.length;
  let at = name.length;
  for (let found = ATTRIBUTE.exec(inner); found !== null; found = ATTRIBUTE.exec(inner)) {
    const [, attribute = '', double, single] = found;
    if (!attribute.startsWith('xmlns'))
      fields.set(local(attribute), decode(double ?? single ?? ''));
    at = ATTRIBUTE.lastIndex;
  }
  return inner.slice(at).trim() === '' ? { name, fields, text: '' } : undefined;
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

/** By its name, or by the attribute `name`; of several of one name the others are numbered. */
function add(parent: Element, { name, fields, text }: Element): void {
  const given = fields.get('name');
  const key = typeof given === 'string' && given !== '' ? given : local(name);
  const value = fields.size === 0 ? text.trim() : withText(fields, text.trim());
  const free = parent.fields.has(key) ? `${key}-${parent.fields.size + 1}` : key;
  parent.fields.set(free, value);
}

function withText(fields: ReadonlyMap<string, unknown>, text: string): Fields {
  return Object.fromEntries(text === '' ? fields : [...fields, ['message', text]]);
}

const named: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** An entity that nobody declared stands for itself. */
function decode(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi,
    (all: string, dec, hex, name) => {
      if (name !== undefined) return named.get(String(name)) ?? all;
      const point = dec === undefined ? Number.parseInt(String(hex), 16) : Number(dec);
      return point > 0 && point <= 0x10_ff_ff ? String.fromCodePoint(point) : '\uFFFD';
    },
  );
}
