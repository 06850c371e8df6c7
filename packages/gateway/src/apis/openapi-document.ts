export type Json = Readonly<Record<string, unknown>>;
export type Location = 'path' | 'query' | 'header' | 'cookie';

/** A part of a document, and where it stands: the keys from its root. */
export interface Placed {
  readonly place: readonly string[];
  readonly json: Json;
}

export interface Parameter {
  readonly name: string;
  readonly location: Location;
  readonly isRequired: boolean;
  readonly type: unknown;
  readonly style: string;
  readonly explode: boolean;
  readonly isJson: boolean;
  readonly place: readonly string[];
}

/** Schemas of 3.0 in the words of 3.1: `nullable`, and limits that are exclusive by a flag. */
export function modern(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(modern);
  if (!isJson(value)) return value;
  const made: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value)) made[key] = modern(one);
  for (const [flag, limit] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof made[flag] !== 'boolean') continue;
    if (made[flag]) {
      made[flag] = made[limit];
      delete made[limit];
    } else delete made[flag];
  }
  if (made['nullable'] !== true) return made;
  const { nullable: _nullable, ...rest } = made;
  return { anyOf: [rest, { type: 'null' }] };
}

export const isModern = (document: Json): boolean =>
  !String(document['openapi']).startsWith('3.0.');

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const entries = (value: unknown): [string, unknown][] =>
  isJson(value) ? Object.entries(value) : [];

/**
 * Bodies of one direction: what only the other one has need not be there, though the schema of both
 * says so (OpenAPI 3.0, "readOnly", "writeOnly").
 */
export function without(flag: 'readOnly' | 'writeOnly', value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => without(flag, one));
  if (!isJson(value)) return value;
  const made = Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, without(flag, one)]),
  );
  const { properties, required } = value;
  if (isJson(properties) && Array.isArray(required)) {
    made['required'] = required.filter((name) => !isFlagged(properties[String(name)], flag));
  }
  return made;
}

const isFlagged = (schema: unknown, flag: string): boolean =>
  isJson(schema) &&
  (schema[flag] === true || list(schema['anyOf']).some((one) => isFlagged(one, flag)));

/** A server's URL with what its variables are where nothing is said. */
export const urlOf = ({ url, variables }: Json): string =>
  String(url).replaceAll(/\{([^{}]*)\}/g, (told, name: string) => {
    const variable = isJson(variables) ? variables[name] : undefined;
    return isJson(variable) ? String(variable['default']) : told;
  });

/** A server's URL may be a path alone. */
export const pathOf = (url: string): string =>
  url.replace(/^[a-z+.-]+:\/\/[^/]*/i, '').replace(/[?#][^]*$/, '');

/** What a text of JSON says; undefined where it is none. */
export function parsed(text: Buffer | string): unknown {
  try {
    return JSON.parse(text.toString()) as unknown;
  } catch {
    return undefined;
  }
}
