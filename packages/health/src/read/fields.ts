/** Takes fields from parsed JSON of strangers: own properties only, of the kind that is asked for. */

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first of these that the object has as its own; `undefined` when it has none. */
export function field(of: Fields, ...names: readonly string[]): unknown {
  const name = names.find((one) => Object.hasOwn(of, one));
  return name === undefined ? undefined : of[name];
}

export function textIn(of: Fields, ...names: readonly string[]): string | undefined {
  const value = field(of, ...names);
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

export function fieldsIn(of: Fields, ...names: readonly string[]): Fields | undefined {
  const value = field(of, ...names);
  return isFields(value) ? value : undefined;
}

export function listIn(of: Fields, ...names: readonly string[]): readonly unknown[] | undefined {
  const value = field(of, ...names);
  return Array.isArray(value) ? value : undefined;
}

export function textsIn(of: Fields, ...names: readonly string[]): readonly string[] {
  return (listIn(of, ...names) ?? []).filter((one) => typeof one === 'string');
}

/** Wall-clock milliseconds of an ISO 8601 date, or of a number of seconds or milliseconds. */
export function momentIn(of: Fields, ...names: readonly string[]): number | undefined {
  const value = field(of, ...names);
  if (typeof value === 'number')
    return value > 0 ? (value < 1e11 ? value * 1000 : value) : undefined;
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const parsed = Date.parse(value);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** Absolute URIs alone; a list gives its first. */
export function linksIn(of: Fields, name: string): Readonly<Record<string, string>> {
  const links = Object.entries(fieldsIn(of, name) ?? {}).flatMap(([relation, target]) => {
    const uri: unknown = isFields(target) ? field(target, 'href') : target;
    return typeof uri === 'string' && URL.canParse(uri) ? [[relation, uri] as const] : [];
  });
  return Object.fromEntries(links);
}

/** What is left when these are taken away. */
export function without(of: Fields, names: readonly string[]): Fields {
  // Object.fromEntries defines `__proto__` as a property like any other; an assignment would not.
  return Object.fromEntries(Object.entries(of).filter(([name]) => !names.includes(name)));
}
