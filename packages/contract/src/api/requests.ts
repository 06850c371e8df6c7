import * as z from 'zod/mini';
import { count, ms, named, page, paging, share, span, text, time, usd } from './common.ts';
import { everyone, operators, owners, type EndpointTable } from './endpoint.ts';

/**
 * How a request ended. *refused*: for what its caller alone could have made otherwise, which is its key,
 * its network, its limits and budgets, what it asked for; the refusal of a provider for the same reasons
 * counts too. *failed*: all else that did not complete, a provider that asks to wait included.
 * *abandoned*: the caller left. *interrupted*: the gateway ended first.
 */
export const outcomes = ['completed', 'refused', 'failed', 'abandoned', 'interrupted'] as const;

const tokens = z.nullable(count);

export const receipt = named(
  'Receipt',
  'One request from its arrival to its end.',
  z.object({
    id: z.string(),
    at: time,
    key: z.nullable(z.object({ id: z.string(), name: z.string() })),
    team: z.nullable(z.string()),
    /** Whose key it was when it called. */
    owner: z.nullable(z.string()),
    /** As the caller named it. */
    model: z.string(),
    /** `provider/model` that answered, if one did. */
    target: z.nullable(z.string()),
    dialect: z.string(),
    operation: z.string(),
    streamed: z.boolean(),
    /** HTTP status told to the caller; 0 when it left before one was. */
    status: z.int(),
    outcome: z.enum(outcomes),
    /** Why it did not complete: one of our codes or an upstream reason. */
    reason: z.nullable(z.string()),
    tokens: z.object({ input: tokens, cached: tokens, output: tokens, reasoning: tokens }),
    cost: z.nullable(usd),
    firstMs: z.nullable(ms),
    totalMs: ms,
    /** What the gateway itself took before the answer began. */
    gatewayMs: ms,
    /** In order; each began where the one before ended. */
    attempts: z.array(
      z.object({
        target: z.string(),
        credential: z.string(),
        /** State of the target when it was asked; absent in receipts of earlier versions. */
        state: z.optional(z.string()),
        /** `ok`, or why it failed. */
        reason: z.string(),
        /** Until its answer could be promised, or had failed. */
        ms,
      }),
    ),
    /** What guardrails did, such as `no-secrets;blocked`. */
    guardrails: z.array(z.string()),
    /** What a translation had to leave out. */
    warnings: z.array(z.string()),
  }),
);
export type Receipt = z.output<typeof receipt>;

const filters = {
  ...span,
  key: z.optional(z.string()),
  team: z.optional(z.string()),
  model: z.optional(z.string()),
  target: z.optional(z.string()),
  outcome: z.optional(z.enum(outcomes)),
  status: z.optional(z.coerce.number<string | number>().check(z.int())),
};

export const groupings = ['key', 'team', 'owner', 'model', 'target', 'day', 'hour'] as const;

const usageRow = z.object({
  /** Id, name or time of the group. */
  group: z.string(),
  name: z.string(),
  requests: count,
  /** Interrupted ones among them. */
  failed: count,
  /** Callers', for what they alone could have made otherwise; not among the failed. */
  refused: count,
  inputTokens: count,
  cachedTokens: count,
  outputTokens: count,
  reasoningTokens: count,
  cost: usd,
  /** Requests whose price is not known; their cost is not in `cost`. */
  unpriced: count,
});
export type UsageRow = z.output<typeof usageRow>;

const usageQuery = z.strictObject({
  ...span,
  by: z._default(z.enum(groupings), 'day'),
  key: z.optional(z.string()),
  team: z.optional(z.string()),
  model: z.optional(z.string()),
});

export const requestEndpoints = {
  'GET /api/requests': {
    tag: 'requests',
    summary: 'Requests, newest first; a member sees its teams’.',
    allow: everyone,
    query: z.strictObject({ ...paging, ...filters, q: z.optional(text) }),
    answer: page(receipt),
  },
  'GET /api/requests/{id}': {
    tag: 'requests',
    summary: 'The receipt of one request, by the id its caller was told.',
    allow: everyone,
    answer: receipt,
  },
  'GET /api/requests/{id}/capture': {
    tag: 'captures',
    summary: 'What was asked and answered, redacted, where the configuration keeps it.',
    allow: operators,
    audited: true,
    answer: z.object({
      id: z.string(),
      at: time,
      /** As it was sent on; null: too long, or not to be read. */
      request: z.nullable(z.string()),
      /** As its caller was told it; null as well where it was an error. */
      answer: z.nullable(z.string()),
      /** What was looked for and taken out. */
      redacted: z.array(z.string()),
    }),
  },
  'DELETE /api/captures': {
    tag: 'captures',
    summary:
      'Erases what was asked and answered: of a key, a team or an owner, before a time, or all of it.',
    allow: owners,
    query: z.strictObject({
      key: z.optional(z.string()),
      team: z.optional(z.string()),
      owner: z.optional(z.string()),
      until: z.optional(time),
    }),
    answer: z.object({ erased: count }),
  },
  'GET /api/requests/{id}/replay': {
    tag: 'requests',
    summary:
      'A request of the same form as a line of curl, with placeholders: bodies are not kept.',
    allow: everyone,
    answer: z.object({ curl: z.string() }),
  },
  'GET /api/usage': {
    tag: 'usage',
    summary: 'Usage and cost by key, team, model, target, day or hour.',
    allow: everyone,
    query: usageQuery,
    answer: z.object({ rows: z.array(usageRow), total: usageRow, since: time, until: time }),
  },
  'GET /api/usage.csv': {
    tag: 'usage',
    summary: 'The same as CSV (RFC 4180); cells that a spreadsheet would run are disarmed.',
    allow: everyone,
    audited: true,
    query: usageQuery,
    media: 'text/csv',
  },
} as const satisfies EndpointTable;

/** How well one day was, by time; the shares add up to 1. */
const dayHealth = z.object({
  day: z.iso.date(),
  up: share,
  degraded: share,
  down: share,
  unknown: share,
});

export const uptime = z.object({
  name: z.string(),
  kind: z.enum(['model', 'target', 'api']),
  status: z.enum(['pass', 'warn', 'fail', 'unknown']),
  /** Of the time that is known; null when nothing is. */
  uptime: z.nullable(share),
  unknown: share,
  days: z.array(dayHealth),
});
export type Uptime = z.output<typeof uptime>;

export const incident = named(
  'Incident',
  'A route that was not well, from when to when, and why.',
  z.object({
    id: z.string(),
    title: z.string(),
    severity: z.enum(['degraded', 'down']),
    /** Names of the routes it touched. */
    routes: z.array(z.string()),
    /** What was ill: a target, or a provider with several of them. */
    cause: z.string(),
    reason: z.string(),
    startedAt: time,
    endedAt: z.nullable(time),
    /** Shown on the status page. */
    public: z.boolean(),
    /** What people wrote to it, oldest first. */
    notes: z.array(z.object({ at: time, author: z.string(), text: z.string() })),
    version: z.string(),
  }),
);
export type Incident = z.output<typeof incident>;

const routeNames = z.array(z.string()).check(z.maxLength(500));

export const statusPage = named(
  'StatusPage',
  'The public page: off unless it is turned on.',
  z.object({
    enabled: z.boolean(),
    title: z.string(),
    /** Routes shown; null: all. */
    routes: z.nullable(z.array(z.string())),
    /** Where it is; null while it is off. */
    url: z.nullable(z.string()),
    managedBy: z.enum(['file', 'console']),
    version: z.string(),
  }),
);

export const healthEndpoints = {
  'GET /api/health/uptime': {
    tag: 'health',
    summary: 'Time-weighted uptime by day, with the share that is unknown.',
    allow: ['owner', 'operator', 'viewer'],
    query: z.strictObject({
      kind: z._default(z.enum(['model', 'target', 'api']), 'model'),
      days: z._default(
        z.coerce.number<string | number>().check(z.int(), z.minimum(1), z.maximum(90)),
        90,
      ),
    }),
    answer: z.object({ items: z.array(uptime) }),
  },
  'GET /api/incidents': {
    tag: 'health',
    summary: 'Incidents, newest first.',
    allow: ['owner', 'operator', 'viewer'],
    query: z.strictObject({ ...paging, open: z.optional(z.stringbool()) }),
    answer: page(incident),
  },
  'GET /api/incidents/{id}': {
    tag: 'health',
    summary: 'One incident.',
    allow: ['owner', 'operator', 'viewer'],
    answer: incident,
  },
  'PATCH /api/incidents/{id}': {
    tag: 'health',
    summary: 'Renames an incident, shows or hides it on the status page, or adds a note.',
    allow: ['owner', 'operator'],
    versioned: true,
    body: z.strictObject({
      title: z.optional(text),
      public: z.optional(z.boolean()),
      note: z.optional(text),
    }),
    answer: incident,
  },
  'GET /api/status-page': {
    tag: 'status-page',
    summary: 'Settings of the public status page.',
    allow: ['owner', 'operator', 'viewer'],
    answer: statusPage,
  },
  'PUT /api/status-page': {
    tag: 'status-page',
    summary: 'Changes them.',
    allow: ['owner', 'operator'],
    versioned: true,
    body: z.strictObject({
      enabled: z.boolean(),
      title: z.string().check(z.minLength(1), z.maxLength(128)),
      routes: z.nullable(routeNames),
    }),
    answer: statusPage,
  },
} as const satisfies EndpointTable;
