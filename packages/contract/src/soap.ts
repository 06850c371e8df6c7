import { z } from 'zod';
import { known } from './fields.ts';

/** The part `soap` of an API: calls of a SOAP service, offered as JSON and other formats. */

const operation = known({
  /** Below the path of its API. */
  path: z
    .string()
    .max(512)
    .regex(/^(?:\/[A-Za-z0-9._~-]+)+$/, { error: 'expected a path such as /forecast' }),
  /** GET takes its variables from the query, POST from the body. */
  method: z.enum(['GET', 'POST'], { error: 'expected one of: GET, POST' }).default('POST'),
  /** What the service calls it: `SOAPAction` in 1.1, `action` in 1.2. */
  action: z
    .string()
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]{0,1024}$/, { error: 'expected the URI of an action' })
    .default(''),
  description: z.string().max(10_000).optional(),
  /** JSON Schemas by name, as of a prompt. */
  variables: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z_]\w{0,63}$/, { error: 'expected a name of letters, digits and _' }),
      z.record(z.string(), z.unknown(), {
        error: 'expected a JSON Schema, such as { type: string }',
      }),
    )
    .default({}),
  /** Templates of XML: what stands in the envelope's header and body. */
  header: z.string().min(1).max(1_000_000).optional(),
  body: z.string().min(1).max(1_000_000),
  /** An expression of JSONata over what the body of the answer holds. */
  answer: z.string().min(1).max(65_536).optional(),
  /** Elements that are lists however many there are. */
  lists: z.array(z.string().min(1).max(128)).optional(),
});

export const soap = known({
  version: z.enum(['1.1', '1.2'], { error: 'expected one of: "1.1", "1.2"' }).default('1.1'),
  /** Path of the service at its upstream. */
  endpoint: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, { error: 'expected a path such as /ws' })
    .default('/'),
  operations: z.array(operation).min(1, { error: 'expected at least one operation' }),
});

export type SoapConfig = z.output<typeof soap>;
