/**
 * What a page keeps in its URL, read with care: anybody can hand anybody a link. What is not
 * understood is as if it were not there.
 */
export type Search = Readonly<Record<string, unknown>>;

/** Short, or it is not there. The router reads `1` as a number. */
export function textOf(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  return typeof text === 'string' && text !== '' && text.length <= 500 ? text : undefined;
}

/** A whole number from zero on. */
export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

export const oneOf = <const Value extends string>(
  values: readonly Value[],
  value: unknown,
): Value | undefined => values.find((one) => one === value);

/** Leaves out what is undefined, so that a URL says only what was chosen. */
export function chosen<Of extends Readonly<Record<string, unknown>>>(
  values: Of,
): { [Name in keyof Of]?: Exclude<Of[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Of]?: Exclude<Of[Name], undefined>;
  };
}
