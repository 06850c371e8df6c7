import * as z from 'zod/mini';
import { configName, managedBy, named, page, paging, text, time, version } from './common.ts';
import { everyone, keyMakers, type EndpointTable } from './endpoint.ts';

/** `1m`, `12h`, `30d`, or a calendar period in UTC. */
const per = z
  .string()
  .check(
    z.regex(
      /^(?:hour|day|week|month|\d{1,9}(?:ms|s|m|h|d))$/,
      'expected a duration such as 1m, or one of hour, day, week, month',
    ),
  );
const by = z.optional(z.enum(['key', 'team', 'model', 'address', 'route']));
const positive = z.int().check(z.positive());

/** A limit, as the configuration file writes it. */
export const limitRule = z.union([
  z.strictObject({ requests: positive, per, burst: z.optional(positive), by }),
  z.strictObject({ tokens: positive, per, by }),
  z.strictObject({
    cost: z.number().check(z.positive()),
    unit: z._default(z.literal('USD'), 'USD'),
    per,
    by,
  }),
  z.strictObject({ concurrency: positive, by }),
]);

export const key = named(
  'Key',
  'A client key; its secret was shown once and is kept as a digest.',
  z.object({
    id: z.string(),
    name: z.string(),
    /** First characters of the secret; absent for keys of the file. */
    hint: z.nullable(z.string()),
    managedBy,
    status: z.enum(['active', 'expired', 'revoked']),
    /** Who answers for it. */
    owner: z.nullable(z.string()),
    team: z.nullable(z.string()),
    /** Models and APIs it may use; null: all. */
    models: z.nullable(z.array(z.string())),
    apis: z.nullable(z.array(z.string())),
    /** Prompts it may call, whatever their models; null: those of its models. */
    prompts: z.nullable(z.array(z.string())),
    /** Networks it may come from; null: any. */
    ips: z.nullable(z.array(z.string())),
    limits: z.array(limitRule),
    /** Guardrails that hold for it, beside those for all. */
    guardrails: z.array(z.string()),
    createdAt: z.nullable(time),
    expiresAt: z.nullable(time),
    revokedAt: z.nullable(time),
    lastUsedAt: z.nullable(time),
    version,
  }),
);
export type Key = z.output<typeof key>;

const names = z.nullable(
  z.array(z.string().check(z.minLength(1), z.maxLength(256))).check(z.maxLength(500)),
);
const settings = {
  /** Absent, and made by a person: that person. A member names nobody else. */
  owner: z.optional(z.nullable(z.string().check(z.minLength(1), z.maxLength(200)))),
  team: z.optional(z.nullable(z.string())),
  models: z.optional(names),
  apis: z.optional(names),
  prompts: z.optional(names),
  ips: z.optional(names),
  limits: z.optional(z.array(limitRule).check(z.maxLength(20))),
  /** Names of the configuration; a member takes none away. */
  guardrails: z.optional(z.array(configName).check(z.maxLength(100))),
  expiresAt: z.optional(z.nullable(time)),
};

/** The one time that a secret is told. */
const withSecret = z.object({ key, secret: z.string() });

export const keyEndpoints = {
  'GET /api/keys': {
    tag: 'keys',
    summary: 'Keys, newest first; a member sees its teams’.',
    allow: everyone,
    query: z.strictObject({
      ...paging,
      team: z.optional(z.string()),
      owner: z.optional(text),
      status: z.optional(z.enum(['active', 'expired', 'revoked'])),
      q: z.optional(text),
    }),
    answer: page(key),
  },
  'POST /api/keys': {
    tag: 'keys',
    summary: 'Makes a key; its secret is in the answer and nowhere else, ever again.',
    allow: keyMakers,
    body: z.strictObject({ name: configName, ...settings }),
    status: 201,
    answer: withSecret,
  },
  'GET /api/keys/{id}': { tag: 'keys', summary: 'One key.', allow: everyone, answer: key },
  'PATCH /api/keys/{id}': {
    tag: 'keys',
    summary: 'Changes what a key may; what is left out stays as it is.',
    allow: keyMakers,
    versioned: true,
    body: z.strictObject(settings),
    answer: key,
  },
  'POST /api/keys/{id}/rotate': {
    tag: 'keys',
    summary: 'Gives a key another secret; the old one works on for `graceMs`.',
    allow: keyMakers,
    body: z.strictObject({
      graceMs: z._default(z.int().check(z.minimum(0), z.maximum(604_800_000)), 0),
    }),
    answer: withSecret,
  },
  'POST /api/keys/{id}/revoke': {
    tag: 'keys',
    summary: 'Revokes a key at once, everywhere within five seconds.',
    allow: keyMakers,
    answer: key,
  },
} as const satisfies EndpointTable;

export const limitState = named(
  'LimitState',
  'A limit or budget, what is used of it, and where it is heading.',
  z.object({
    /** Whose limit it is. */
    scope: z.object({
      kind: z.enum(['key', 'team', 'model', 'gateway']),
      id: z.string(),
      name: z.string(),
    }),
    measure: z.enum(['requests', 'tokens', 'cost', 'concurrency']),
    limit: z.number(),
    used: z.number(),
    /** Such as `1m` or `day`; null for concurrency. */
    per: z.nullable(z.string()),
    resetsAt: z.nullable(time),
    /** At the present pace; null where there is too little to tell. */
    forecast: z.nullable(
      z.object({
        /** What will be used when it resets. */
        atReset: z.number(),
        /** When it will be used up; null if not before it resets. */
        exhaustedAt: z.nullable(time),
      }),
    ),
  }),
);
export type LimitState = z.output<typeof limitState>;

export const limitEndpoints = {
  'GET /api/limits': {
    tag: 'limits',
    summary: 'Limits and budgets with what is used of them and a forecast, tightest first.',
    allow: everyone,
    query: z.strictObject({ ...paging, key: z.optional(z.string()), team: z.optional(z.string()) }),
    answer: page(limitState),
  },
} as const satisfies EndpointTable;
