/**
 * Tokens as a vendor counted them. `undefined` means that the vendor did not say, which is never
 * the same as zero.
 */
export interface Usage {
  /** Tokens read, cached ones included. */
  readonly input: number | undefined;
  /** Of `input`: read from the vendor's cache. */
  readonly cached: number | undefined;
  /** Of `input`: written to the vendor's cache. */
  readonly cacheWritten: number | undefined;
  /** Tokens written, reasoning included. */
  readonly output: number | undefined;
  /** Of `output`: spent on reasoning. */
  readonly reasoning: number | undefined;
}

export const unknownUsage: Usage = {
  input: undefined,
  cached: undefined,
  cacheWritten: undefined,
  output: undefined,
  reasoning: undefined,
};

/**
 * A stream may tell its usage more than once, cumulatively, where fields may be missing. The later
 * word wins field by field; nothing is added up. So it is told on.
 */
export function mergeUsage(earlier: Usage, later: Usage): Usage {
  return merged(earlier, later, (_, word) => word);
}

/**
 * The same to be charged: the larger word wins, for what was used is not taken back. A Claude that has
 * compacted what it was asked tells at the end how little was left of it to read.
 */
export function mostUsage(one: Usage, other: Usage): Usage {
  return merged(one, other, Math.max);
}

function merged(one: Usage, other: Usage, of: (a: number, b: number) => number): Usage {
  const both = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined || b === undefined ? (a ?? b) : of(a, b);
  return {
    input: both(one.input, other.input),
    cached: both(one.cached, other.cached),
    cacheWritten: both(one.cacheWritten, other.cacheWritten),
    output: both(one.output, other.output),
    reasoning: both(one.reasoning, other.reasoning),
  };
}

/** A field of untrusted JSON, or undefined. Own properties only: `__proto__` is not a field. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** No call has read or written as many tokens; a store and a sum of money hold this many. */
const MOST_TOKENS = 1e9;

/**
 * A token count of untrusted JSON, or undefined for what is none: one that is negative or absurd.
 * Tables and sums know whole numbers alone, so that a part of a token is one.
 */
export function count(value: unknown, name: string): number | undefined {
  const found = field(value, name);
  if (typeof found !== 'number' || !(found >= 0 && found <= MOST_TOKENS)) return undefined;
  return Math.ceil(found);
}

/** JSON of untrusted text, or undefined. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Finds the object of a whole answer that holds its usage without parsing the answer: embeddings and long texts
 * are large, usage is small and stands near the end. The word in quotes cannot occur inside a JSON
 * string, where its quotes would be escaped, so the last one followed by an object is the field.
 */
export function findUsage(body: Buffer, name = 'usage'): unknown {
  const word = `"${name}"`;
  for (
    let at = body.lastIndexOf(word);
    at !== -1;
    at = at === 0 ? -1 : body.lastIndexOf(word, at - 1)
  ) {
    const object = objectAfterColon(body, at + word.length);
    if (object !== undefined) return { [name]: object };
  }
  return undefined;
}

function objectAfterColon(body: Buffer, start: number): unknown {
  const head = body.toString('latin1', start, start + 16);
  const open = /^\s*:\s*\{/.exec(head)?.[0].length;
  if (open === undefined) return undefined;
  let depth = 0;
  let inString = false;
  for (let i = start + open - 1; i < body.length; i += 1) {
    const byte = body[i];
    if (inString) {
      if (byte === 0x5c) i += 1;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b) depth += 1;
    else if (byte === 0x7d) {
      depth -= 1;
      if (depth === 0) return readJson(body.toString('utf8', start + open - 1, i + 1));
    }
  }
  return undefined;
}
