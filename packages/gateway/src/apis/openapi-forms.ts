import type { Field, Fields } from './openapi-fields.ts';
import { parsed } from './openapi-document.ts';

/**
 * What a body of `application/x-www-form-urlencoded` says, as far as its text goes; types are made of
 * texts by the validator. Undefined where it has a record that is not taken apart here.
 */
export function valuesOfForm(body: Buffer, fields: Fields): object | undefined {
  // Asked for each name by itself, a form of many would be gone through as often.
  const grouped = Map.groupBy(new URLSearchParams(body.toString()), ([name]) => name);
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  let others = 0;
  for (const [name, pairs] of grouped) {
    const texts = pairs.map(([, text]) => text);
    const [, root = '', key] = /^([^[]+)\[([^[\]]*)\]$/.exec(name) ?? [];
    if (key !== undefined && fields.get(root)?.style === 'deepObject') {
      const record = (values[root] ??= Object.create(null)) as Record<string, unknown>;
      record[key] = oneOrAll(texts);
      continue;
    }
    if (!fields.has(name)) others += 1;
    values[name] = valueOf(texts, fields.get(name));
  }
  // Members of a record stand under names of their own: whoever writes them as described is right.
  const isOpen = [...fields].some(
    ([name, { isDocument, isList, style }]) =>
      isDocument && !isList && style === undefined && !(name in values),
  );
  return isOpen && others > 0 ? undefined : values;
}

function valueOf(texts: readonly string[], field: Field | undefined): unknown {
  const [first = ''] = texts;
  const separator = field?.style;
  if (field?.isList === true && texts.length === 1 && separator !== undefined) {
    return first.split(separator);
  }
  if (field?.isDocument !== true) return oneOrAll(texts);
  return oneOrAll(texts.map((text) => parsed(text) ?? text));
}

const oneOrAll = (values: readonly unknown[]): unknown =>
  values.length === 1 ? values[0] : values;
