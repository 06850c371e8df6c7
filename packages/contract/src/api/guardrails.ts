import * as z from 'zod/mini';
import { configName, count, managedBy, ms, named, version } from './common.ts';
import { operators, viewers, type EndpointTable } from './endpoint.ts';

/** As the section `guardrails` of the file has it, without the name. */
const settings = z.record(z.string(), z.unknown());

const guardrail = named(
  'Guardrail',
  'A rule over what is asked and answered.',
  z.object({
    name: z.string(),
    managedBy,
    /** As the configuration has it, without secrets. */
    settings,
    action: z.enum(['block', 'redact', 'flag']),
    /** What happens when the rule itself fails. */
    onError: z.enum(['block', 'allow']),
    version,
  }),
);
export type Guardrail = z.output<typeof guardrail>;

export const guardrailEndpoints = {
  'GET /api/guardrails': {
    tag: 'guardrails',
    summary: 'Guardrails in the order they run.',
    allow: viewers,
    answer: z.object({ items: z.array(guardrail) }),
  },
  'POST /api/guardrails': {
    tag: 'guardrails',
    summary: 'Adds a guardrail; `settings` as in the `guardrails` section of the file.',
    allow: operators,
    body: z.strictObject({ name: configName, settings }),
    status: 201,
    answer: guardrail,
  },
  'GET /api/guardrails/{name}': {
    tag: 'guardrails',
    summary: 'One guardrail.',
    allow: viewers,
    answer: guardrail,
  },
  'PATCH /api/guardrails/{name}': {
    tag: 'guardrails',
    summary:
      'Replaces its settings; the secret of a webhook stays where it is left out and the URL is the same.',
    allow: operators,
    versioned: true,
    body: z.strictObject({ settings }),
    answer: guardrail,
  },
  'DELETE /api/guardrails/{name}': {
    tag: 'guardrails',
    summary: 'Takes a guardrail away that nothing names.',
    allow: operators,
  },
  'POST /api/guardrails/try': {
    tag: 'guardrails',
    summary: 'What would trigger on a text; nothing is kept of it, the audit log neither.',
    allow: viewers,
    audited: false,
    body: z.strictObject({
      text: z.string().check(z.maxLength(262_144)),
      /** One rule alone; absent: those for all. */
      guardrail: z.optional(configName),
      /** A rule that is not kept, as it would be made: it alone is tried. */
      draft: z.optional(settings),
      direction: z._default(z.enum(['input', 'output']), 'input'),
    }),
    answer: z.object({
      verdict: z.enum(['pass', 'flag', 'redact', 'block']),
      findings: z.array(
        z.object({
          guardrail: z.string(),
          detector: z.string(),
          action: z.enum(['block', 'redact', 'flag']),
          /** Offsets into the text, in UTF-16 units. */
          start: count,
          end: count,
        }),
      ),
      /** The text as it would go on; null when it would not. */
      output: z.nullable(z.string()),
      /** What the rules look at besides, which a text alone does not show. */
      untried: z.array(z.enum(['models', 'tools', 'webhook'])),
      ms,
    }),
  },
} as const satisfies EndpointTable;
