import { z } from 'zod';
import { formatNames as all } from './apis.ts';
import { known, name, whole } from './fields.ts';
import { limits } from './limits.ts';

/** The section `prompts`: prompts that are called like an API, `POST` with typed variables. */

/** Protobuf would have to be told its messages. */
const formatNames = all.filter((one) => one !== 'protobuf');

/** A path of plain segments (RFC 3986, section 3.3); nothing below it belongs to it. */
const path = z
  .string()
  .max(512)
  .regex(/^(?:\/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+$/, {
    error: 'expected a path such as /prompts/summarise',
  })
  .refine((text) => !text.split('/').some((one) => one === '.' || one === '..'), {
    error: 'expected a path without . and .. segments',
  });

/** JSON Schema 2020-12; what is wrong inside of it is found when it is compiled. */
const schema = z.record(z.string(), z.unknown(), {
  error: 'expected a JSON Schema, such as { type: string }',
});

const variableName = z
  .string()
  .regex(/^[A-Za-z_]\w{0,63}$/, { error: 'expected a name of letters, digits and _' });

export const prompt = known({
  /** What keys are given, and what limits and the ledger call it, whatever its version. */
  name,
  version: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,31}$/, { error: 'expected a version such as "1" or 2.1' })
    .default('1'),
  /** Where it is called; the newest version has a common one besides its own. */
  path: z.preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    z.array(path).min(1, { error: 'expected at least one path' }),
  ),
  description: z.string().max(10_000).optional(),
  /** A model, or `provider/model`. */
  model: z.string().min(1).max(256),
  /** Templates: `{{name}}` stands for a variable. */
  system: z.string().min(1).max(1_000_000).optional(),
  prompt: z.string().min(1).max(1_000_000),
  /** What a caller gives, by name; what has a `default` may be left out. */
  variables: z.record(variableName, schema).default({}),
  /** What the answer has to be; without it the answer is `{ "text": … }`. */
  output: schema.optional(),
  /** Formats that callers may speak, the preferred first. */
  formats: z
    .array(z.enum(formatNames, { error: `expected one of: ${formatNames.join(', ')}` }))
    .min(1, { error: 'expected at least one format' })
    .default(['json', 'xml', 'yaml', 'form', 'msgpack', 'cbor']),
  temperature: z
    .number({ error: 'expected a number from 0 to 2' })
    .min(0, { error: 'expected a number from 0 to 2' })
    .max(2, { error: 'expected a number from 0 to 2' })
    .optional(),
  maxTokens: whole(1, 10_000_000).optional(),
  /** Of all its callers together, or of each. */
  limits,
  /** Names of guardrails that hold for it, beside those for all and for its model. */
  guardrails: z.array(name).optional(),
});

export type PromptConfig = z.output<typeof prompt>;
