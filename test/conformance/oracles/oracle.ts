/** What an answer means, found by walking its JSON: shares nothing with the codecs it is to judge. */
export interface Meaning {
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  readonly stop: Stop;
  /** Tokens, undefined where the provider did not say. */
  readonly input: number | undefined;
  readonly output: number | undefined;
}

/** Reads the answers of one dialect. */
export interface Oracle {
  whole(answer: unknown): Meaning;
  streamed(events: readonly unknown[]): Meaning;
}

export type Stop = 'end' | 'length' | 'tool' | 'filtered' | 'other';

export type Json = Record<string, unknown>;

export const at = (value: unknown, ...path: (string | number)[]): unknown => {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Json)[part as string];
  }
  return found;
};

export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const number = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined;

export function sum(...values: (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0);
}

/** Arguments as they were meant: no text at all is an empty object. */
export function input(told: string): unknown {
  try {
    return told.trim() === '' ? {} : ((JSON.parse(told) as unknown) ?? {});
  } catch {
    return { invalid_json: told };
  }
}
