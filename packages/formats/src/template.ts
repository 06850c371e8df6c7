import { FormatError } from './errors.ts';
import { isList, isRecord, textOf, type Value, type ValueRecord } from './value.ts';

/** What a template is made of. */
type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly path: readonly string[] }
  | {
      readonly kind: 'section';
      readonly path: readonly string[];
      /** `{{^name}}`: where there is nothing. */
      readonly isInverted: boolean;
      readonly parts: readonly Part[];
    };

const TAG = /\{\{\s*([#^/]?)\s*([^{}]*?)\s*\}\}/g;
const NAME = /^(?:\.|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)$/;

/**
 * A text with places for values, in the part of Mustache's grammar (mustache.github.io) that has no
 * code: `{{name}}`, `{{a.b}}`, `{{#items}}…{{.}}…{{/items}}`, `{{^items}}…{{/items}}`. What is put
 * in is never read as a template.
 */
export class Template {
  /** Names outside of every section: what the template as a whole needs. */
  readonly names: ReadonlySet<string>;
  readonly #parts: readonly Part[];

  /** @throws {FormatError} `bad_template` */
  constructor(text: string) {
    this.#parts = partsOf(text);
    this.names = new Set(
      this.#parts.flatMap((part) => (part.kind === 'text' ? [] : (part.path[0] ?? []))),
    );
  }

  /**
   * `escape` makes a text safe where it is put; lists and records are put in as JSON.
   *
   * @throws {FormatError} `not_expressible`
   */
  render(values: ValueRecord, escape: (text: string) => string = (text) => text): string {
    return rendered(this.#parts, [values], escape);
  }
}

function partsOf(text: string): readonly Part[] {
  const open: { name: string; isInverted: boolean; parts: Part[] }[] = [];
  const top: Part[] = [];
  let parts = top;
  let last = 0;
  for (const { 0: tag, 1: sign, 2: name = '', index } of text.matchAll(TAG)) {
    if (index > last) parts.push({ kind: 'text', text: text.slice(last, index) });
    last = index + tag.length;
    if (!NAME.test(name)) throw bad(`expected a name in ${tag.slice(0, 40)}`);
    if (sign === '#' || sign === '^') {
      open.push({ name, isInverted: sign === '^', parts });
      parts = [];
    } else if (sign === '/') {
      const section = open.pop();
      if (section?.name !== name) throw bad(`found ${tag}, which closes nothing`);
      const { isInverted } = section;
      section.parts.push({ kind: 'section', path: pathOf(name), isInverted, parts });
      ({ parts } = section);
    } else parts.push({ kind: 'value', path: pathOf(name) });
  }
  const [unclosed] = open;
  if (unclosed !== undefined) throw bad(`{{#${unclosed.name}}} is not closed`);
  if (last < text.length) parts.push({ kind: 'text', text: text.slice(last) });
  return top;
}

const bad = (detail: string): FormatError => new FormatError('bad_template', detail);

const pathOf = (name: string): readonly string[] => (name === '.' ? [] : name.split('.'));

/** `scopes` has the innermost last. */
function rendered(
  parts: readonly Part[],
  scopes: readonly Value[],
  escape: (text: string) => string,
): string {
  let text = '';
  for (const part of parts) {
    if (part.kind === 'text') text += part.text;
    else if (part.kind === 'value') text += escape(shown(found(scopes, part.path)));
    else text += renderedSection(part, scopes, escape);
  }
  return text;
}

function renderedSection(
  { path, isInverted, parts }: Extract<Part, { kind: 'section' }>,
  scopes: readonly Value[],
  escape: (text: string) => string,
): string {
  const value = found(scopes, path);
  const isNothing = value === null || value === false || value === '' || isEmptyList(value);
  if (isInverted) return isNothing ? rendered(parts, scopes, escape) : '';
  if (isNothing) return '';
  const items = isList(value) ? value : [value];
  return items.map((item) => rendered(parts, [...scopes, item], escape)).join('');
}

const isEmptyList = (value: Value): boolean => isList(value) && value.length === 0;

/** What a name stands for: of the innermost record that has it. Null where none does. */
function found(scopes: readonly Value[], [first, ...others]: readonly string[]): Value {
  if (first === undefined) return scopes.at(-1) ?? null;
  const scope = scopes.findLast((one) => isRecord(one) && Object.hasOwn(one, first));
  let value: Value = isRecord(scope) ? (scope[first] ?? null) : null;
  for (const name of others) {
    value = isRecord(value) && Object.hasOwn(value, name) ? (value[name] ?? null) : null;
  }
  return value;
}

const shown = (value: Value): string =>
  isList(value) || isRecord(value) ? JSON.stringify(plain(value)) : textOf(value);

/** As JSON has it; digits that it would lose are texts. */
function plain(value: Value): unknown {
  if (isList(value)) return value.map(plain);
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  }
  return typeof value === 'object' || typeof value === 'bigint'
    ? value === null
      ? null
      : textOf(value)
    : value;
}
