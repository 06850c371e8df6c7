/**
 * Tokens as a vendor counted them. `undefined` means that the vendor did not say, which is never
 * the same as zero.
 */
export interface Usage {
  /** Tokens read, cached ones included. */
  readonly input: number | undefined;
  /** Of `input`: read from the vendor's cache. */
  readonly cached: number | undefined;
  /** Tokens written, reasoning included. */
  readonly output: number | undefined;
  /** Of `output`: spent on reasoning. */
  readonly reasoning: number | undefined;
}

export const unknownUsage: Usage = {
  input: undefined,
  cached: undefined,
  output: undefined,
  reasoning: undefined,
};

/** A field of untrusted JSON, or undefined. Own properties only: `__proto__` is not a field. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** A token count of untrusted JSON: a finite number that is not negative, or undefined. */
export function count(value: unknown, name: string): number | undefined {
  const found = field(value, name);
  return typeof found === 'number' && Number.isFinite(found) && found >= 0 ? found : undefined;
}

/** JSON of untrusted text, or undefined. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
