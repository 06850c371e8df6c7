import type { Compiler } from './openapi-compiler.ts';
import {
  entries,
  parsed,
  type Json,
  type Location,
  type Parameter,
  type Placed,
} from './openapi-document.ts';

export function parameterOf({ place, json }: Placed, compiler: Compiler): Parameter {
  const location = String(json['in']) as Location;
  const name = String(json['name']);
  const [media] = entries(json['content']);
  const schema =
    media === undefined ? [...place, 'schema'] : [...place, 'content', media[0], 'schema'];
  const usual = location === 'query' || location === 'cookie' ? 'form' : 'simple';
  const style = typeof json['style'] === 'string' ? json['style'] : usual;
  const type = compiler.at(schema)?.json['type'];
  const isRequired = json['required'] === true || location === 'path';
  const isJson = media !== undefined;
  return {
    name: location === 'header' ? name.toLowerCase() : name,
    location,
    isRequired: isRequired && (isJson || !isUnread({ type, style })),
    type,
    style,
    explode: json['explode'] === undefined ? style === 'form' : json['explode'] === true,
    isJson,
    place: schema,
  };
}

export function valuesInQuery(
  search: URLSearchParams,
  { name, style }: Parameter,
): string[] | Json | undefined {
  if (style !== 'deepObject') {
    const values = search.getAll(name);
    return values.length === 0 ? undefined : values;
  }
  const members = [...search].filter(([key]) => key.startsWith(`${name}[`) && key.endsWith(']'));
  if (members.length === 0) return undefined;
  return Object.fromEntries(members.map(([key, value]) => [key.slice(name.length + 1, -1), value]));
}

const separators: Readonly<Record<string, string>> = { spaceDelimited: ' ', pipeDelimited: '|' };

/** What a parameter says, as far as its text goes; types are made of texts by the validator. */
export function valueOf(
  values: readonly string[] | Json | undefined,
  parameter: Parameter,
): unknown {
  if (values === undefined || !isTexts(values)) return values;
  const { type, style, explode, isJson: isDocument } = parameter;
  const [first = ''] = values;
  if (isDocument) return parsed(first) ?? first;
  if (isUnread(parameter)) return undefined;
  const isList = type === 'array' || (Array.isArray(type) && type.includes('array'));
  if (isList) return explode && values.length > 1 ? values : first.split(separators[style] ?? ',');
  // Two values where one belongs: which of them counts is nothing to be guessed.
  return values.length === 1 ? first : values;
}

/** Styles that are not taken apart here are not judged: whoever writes them as described is right. */
export const isUnread = ({ type, style }: Pick<Parameter, 'type' | 'style'>): boolean =>
  style === 'matrix' ||
  style === 'label' ||
  (style !== 'deepObject' &&
    (type === 'object' || (Array.isArray(type) && type.includes('object'))));

const isTexts = (values: readonly string[] | Json): values is readonly string[] =>
  Array.isArray(values);

export const single = (value: string | string[] | undefined): string[] | undefined =>
  value === undefined ? undefined : [Array.isArray(value) ? value.join(',') : value];

export function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function cookiesIn(header: string | string[] | undefined): Map<string, string> {
  const text = Array.isArray(header) ? header.join('; ') : (header ?? '');
  return new Map(
    text.split(/;\s*/).flatMap((pair) => {
      const at = pair.indexOf('=');
      return at > 0 ? [[pair.slice(0, at), pair.slice(at + 1)] as const] : [];
    }),
  );
}
