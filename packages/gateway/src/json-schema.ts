import {
  Ajv2020,
  type AnySchemaObject,
  type ErrorObject,
  type ValidateFunction,
} from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';
import type { Mistake } from '@vitalgate/contract';

/** What checks one kind of document; gives its mistakes. */
export type Check = (value: unknown) => Mistake[];

/** What ajv makes of a pattern; it asks for the name it would be called by. */
interface Patterns {
  (source: string): { test(text: string): boolean };
  readonly code: string;
}

/** A pattern in linear time, whatever the text. */
const linear: Patterns = Object.assign(
  (source: string) => {
    const compiled = RE2JS.compile(source);
    return {
      test: (text: string) => compiled.matcher(text).find(),
      // ajv keeps patterns by what they are as texts.
      toString: () => source,
    };
  },
  { code: 'RE2JS' },
);

/**
 * The patterns of descriptions from elsewhere. One that looks ahead where it begins, as those of
 * passwords do, is several that all have to fit. What looks around elsewhere only the engine could
 * do, which can take thirty characters for years: any text fits it.
 */
export const linearIfPossible: Patterns = Object.assign(
  (source: string) => {
    try {
      return linear(source);
    } catch {
      const parts = lookAheads(source);
      const test = (text: string) =>
        parts.every(({ pattern, isWanted }) => pattern.test(text) === isWanted);
      return { test, toString: () => source };
    }
  },
  { code: 'RE2JS' },
);

interface Part {
  readonly pattern: { test(text: string): boolean };
  readonly isWanted: boolean;
}

/** `^(?=A)(?!B)C` in its parts; none for what has another form. */
function lookAheads(source: string): Part[] {
  const parts: Part[] = [];
  let at = 1;
  try {
    if (!source.startsWith('^') || endOfPart(source, 0) !== source.length) return [];
    while (/^\(\?[=!]/.test(source.slice(at, at + 3))) {
      const end = endOfPart(source, at + 3);
      const pattern = linear(`^(?:${source.slice(at + 3, end)})`);
      parts.push({ pattern, isWanted: source[at + 2] === '=' });
      at = end + 1;
    }
    return [...parts, { pattern: linear(`^${source.slice(at)}`), isWanted: true }];
  } catch {
    return [];
  }
}

/** Where the group ends that `at` stands in, or an alternative of the whole begins. */
function endOfPart(source: string, start: number): number {
  let depth = 0;
  let isInClass = false;
  for (let at = start; at < source.length; at += 1) {
    const char = source[at];
    if (char === '\\') at += 1;
    else if (isInClass) isInClass = char !== ']';
    else if (char === '[') isInClass = true;
    else if (char === '(') depth += 1;
    else if (char === ')') {
      if (depth === 0) return at;
      depth -= 1;
    } else if (char === '|' && depth === 0 && start === 0) return at;
  }
  return source.length;
}

/** What is wrong with a value; undefined where nothing is. */
export type Errors = (value: unknown) => ErrorObject[] | undefined;

/** A value with more parts could have millions of mistakes, each of which ajv makes an object of. */
const MOST_PARTS = 5000;

/** Tells all mistakes of a value of few parts, and the first of one of many. */
export function errorsBy(compile: (allErrors: boolean) => ValidateFunction): Errors {
  const all = compile(true);
  let first: ValidateFunction | undefined;
  return (value) => {
    const validate = hasMany(value) ? (first ??= compile(false)) : all;
    return validate(value) ? undefined : (validate.errors ?? []);
  };
}

function hasMany(value: unknown): boolean {
  let left = MOST_PARTS;
  const goesOn = (one: unknown): boolean => {
    left -= 1;
    if (left < 0 || typeof one !== 'object' || one === null) return left >= 0;
    return (Array.isArray(one) ? one : Object.values(one)).every(goesOn);
  };
  return !goesOn(value);
}

function validator(coerceTypes: 'array' | false, allErrors: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    strictTuples: false,
    allErrors,
    logger: false,
    useDefaults: true,
    coerceTypes,
    code: { regExp: linear },
  });
  addFormats.default(ajv);
  return ajv;
}

/**
 * Compiles a schema that the operator wrote (JSON Schema 2020-12). `fromText` makes of texts what
 * they should be, for formats that have nothing else.
 *
 * @throws {Error} for what is no schema, with the reason
 */
export function compileSchema(schema: AnySchemaObject, fromText = false): Check {
  // What comes once may be a list of one: XML and forms have no other way to write it.
  const coerced = fromText ? 'array' : false;
  const errors = errorsBy((allErrors) => validator(coerced, allErrors).compile(schema));
  return (value) => {
    const found = errors(value);
    return found === undefined ? [] : mistakesOf(found, 'body');
  };
}

/** Told of one message at most; a long list helps nobody. */
export const MAX_MISTAKES = 20;

/** Names and rules, and no value of the message: it is told to others, and written down. */
export function mistakesOf(
  errors: readonly ErrorObject[] | null | undefined,
  where: Mistake['in'],
): Mistake[] {
  return (errors ?? []).slice(0, MAX_MISTAKES).map(({ instancePath, message, keyword, params }) => {
    const named = params as Readonly<Record<string, unknown>>;
    const extra =
      keyword === 'additionalProperties'
        ? `: ${JSON.stringify(named['additionalProperty'])}`
        : keyword === 'enum'
          ? `: ${JSON.stringify(named['allowedValues'])}`
          : '';
    return { in: where, pointer: instancePath, detail: `${message ?? keyword}${extra}` };
  });
}

/** All of them in one sentence, as far as that helps. */
export function toldOf(mistakes: readonly Mistake[]): string {
  const [first] = mistakes;
  if (first === undefined) return 'nothing is wrong';
  const more = mistakes.length === 1 ? '' : `, and ${mistakes.length - 1} more`;
  return `${first.in}${first.pointer} ${first.detail}${more}`;
}
