import { Ajv2020, type AnySchemaObject, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';
import type { Mistake } from '@vitalgate/contract';

/** What checks one kind of document; gives its mistakes. */
export type Check = (value: unknown) => Mistake[];

/** A pattern in linear time, whatever the text. ajv asks for the name it would be called by. */
const linear = Object.assign(
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

function validator(coerceTypes: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    strictTuples: false,
    allErrors: true,
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
  const validate = validator(fromText).compile(schema);
  return (value) => (validate(value) ? [] : mistakesOf(validate.errors, 'body'));
}

/** Told of one message at most; a long list helps nobody. */
const MAX_MISTAKES = 20;

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
