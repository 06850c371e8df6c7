import * as z from 'zod/mini';
import { named } from './common.ts';
import { viewers, type EndpointTable } from './endpoint.ts';

const schema = z.record(z.string(), z.unknown());

const prompt = named(
  'Prompt',
  'One version of a prompt of the operator’s that is called like an API; never its template.',
  z.object({
    /** `name@version`, as answers tell it. */
    id: z.string(),
    name: z.string(),
    version: z.string(),
    /** Of the gateway listener; what several versions share leads to the newest. */
    paths: z.array(z.string()),
    description: z.nullable(z.string()),
    model: z.string(),
    /** JSON Schema 2020-12 of what a caller gives, and of what the answer is; null: `{ text }`. */
    input: schema,
    output: z.nullable(schema),
    formats: z.array(z.string()),
    guardrails: z.array(z.string()),
    /** Its part of the OpenAPI document that callers are told: path items by path. */
    openapi: schema,
  }),
);

export const promptEndpoints = {
  'GET /api/prompts': {
    tag: 'prompts',
    summary: 'Prompts that are called like APIs, each version by itself.',
    allow: viewers,
    answer: z.object({ items: z.array(prompt) }),
  },
} as const satisfies EndpointTable;
