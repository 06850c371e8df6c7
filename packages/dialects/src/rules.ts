/** Rules about JSON values, put together from a few; each tells the first thing that is wrong. */

/** What is wrong, and where inside the value the rule was given. */
export interface Mistake {
  readonly path: string;
  readonly found: unknown;
  readonly expected: string;
}

export type Rule = (value: unknown) => Mistake | undefined;

const wrong = (found: unknown, expected: string): Mistake => ({ path: '', found, expected });

export const text: Rule = (value) =>
  typeof value === 'string' ? undefined : wrong(value, 'a string');

export const flag: Rule = (value) =>
  typeof value === 'boolean' ? undefined : wrong(value, 'true or false');

/** A number that is one: JSON has room for `1e400`, and no program has. */
export function number(least: number, most: number): Rule {
  const range =
    most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
  return (value) =>
    typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most
      ? undefined
      : wrong(value, `a number ${range}`);
}

export const anyNumber: Rule = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? undefined : wrong(value, 'a number');

export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER): Rule {
  const range =
    most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
      ? undefined
      : wrong(value, `a whole number ${range}`);
}

export function oneOf(...words: readonly string[]): Rule {
  const allowed = new Set<unknown>(words);
  const expected = `one of ${words.join(', ')}`;
  return (value) => (allowed.has(value) ? undefined : wrong(value, expected));
}

/** Any object; its fields are somebody else's. */
export const anyObject: Rule = (value) => (isObject(value) ? undefined : wrong(value, 'an object'));

/**
 * An object whose known fields keep their rules. Fields that nobody knows ride along, and `null` is
 * an absent field, as the vendors' own clients send it.
 */
export function object(
  fields: Readonly<Record<string, Rule>>,
  needed: readonly string[] = [],
): Rule {
  const rules = new Map(Object.entries(fields));
  return (value) => {
    if (!isObject(value)) return wrong(value, 'an object');
    for (const name of needed) {
      if (Object.hasOwn(value, name)) continue;
      return { path: name, found: undefined, expected: 'a value, for it is needed here' };
    }
    // What is there is looked up, for a dialect knows several times as many fields as a request has.
    for (const name of Object.keys(value)) {
      const field = value[name];
      if (field === undefined || field === null) continue;
      const mistake = rules.get(name)?.(field);
      if (mistake !== undefined) return { ...mistake, path: joined(name, mistake.path) };
    }
    return undefined;
  };
}

export const list =
  (rule: Rule, most: number = Number.POSITIVE_INFINITY): Rule =>
  (value) => {
    if (!Array.isArray(value)) return wrong(value, 'an array');
    if (value.length > most) return wrong(value, `an array of at most ${most}`);
    for (let at = 0; at < value.length; at += 1) {
      const mistake = rule(value[at]);
      if (mistake !== undefined) return { ...mistake, path: joined(`[${at}]`, mistake.path) };
    }
    return undefined;
  };

/** A string, or a list of something: what every vendor allows for what is said. */
export function textOr(rule: Rule): Rule {
  return (value) => {
    if (typeof value === 'string') return undefined;
    return Array.isArray(value) ? rule(value) : wrong(value, 'a string or an array');
  };
}

/** Whichever is right, told by what the first of them says. */
export function either(first: Rule, second: Rule): Rule {
  return (value) => {
    const mistake = first(value);
    return mistake === undefined || second(value) === undefined ? undefined : mistake;
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const joined = (step: string, rest: string): string =>
  rest === '' || rest.startsWith('[') ? step + rest : `${step}.${rest}`;
