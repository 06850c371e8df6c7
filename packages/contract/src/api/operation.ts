import * as z from 'zod/mini';
import {
  configName,
  count,
  cursor,
  limit,
  managedBy,
  named,
  page,
  paging,
  text,
  time,
  version,
} from './common.ts';
import { operators, owners, viewers, type EndpointTable } from './endpoint.ts';

const configText = z.string().check(z.maxLength(1_048_576));

const mistake = z.object({ line: z.int(), column: z.int(), message: z.string() });

const difference = z.object({
  /** Such as `models.chat.routing`. */
  path: z.string(),
  kind: z.enum(['added', 'removed', 'changed']),
  before: z.nullable(z.string()),
  after: z.nullable(z.string()),
});

const configuration = named(
  'Configuration',
  'What was made in the console, as YAML; the file’s part is shown beside it and read only.',
  z.object({
    /** YAML; credentials are `${secret:…}` references. */
    text: z.string(),
    /** Number of this version; 0 before anything was made in the console. */
    number: count,
    version,
    /** The file as it is in use, without values of secrets; null where there is no file. */
    file: z.nullable(z.object({ path: z.string(), text: z.string() })),
    /** Why the file on the disk is not in use. */
    problem: z.nullable(z.string()),
    /** Sections whose change waits for a restart. */
    waits: z.array(z.string()),
  }),
);

export const configurationEndpoints = {
  'GET /api/configuration': {
    tag: 'configuration',
    summary: 'The configuration of the console and of the file.',
    allow: viewers,
    answer: configuration,
  },
  'GET /api/configuration/schema': {
    tag: 'configuration',
    summary: 'JSON Schema (2020-12) of the configuration, for editors.',
    allow: viewers,
    answer: z.record(z.string(), z.unknown()),
  },
  'POST /api/configuration/validate': {
    tag: 'configuration',
    summary: 'All mistakes of a text, and what it would change; changes nothing.',
    allow: viewers,
    audited: false,
    body: z.strictObject({ text: configText }),
    answer: z.object({ mistakes: z.array(mistake), differences: z.array(difference) }),
  },
  'PUT /api/configuration': {
    tag: 'configuration',
    summary: 'Applies a text whole, or nothing of it.',
    allow: operators,
    versioned: true,
    body: z.strictObject({ text: configText, note: z.optional(text) }),
    answer: configuration,
  },
  'GET /api/configuration/versions': {
    tag: 'configuration',
    summary: 'Earlier versions, newest first.',
    allow: viewers,
    query: z.strictObject(paging),
    answer: page(
      z.object({ number: count, at: time, author: z.string(), note: z.nullable(z.string()) }),
    ),
  },
  'GET /api/configuration/versions/{number}': {
    tag: 'configuration',
    summary: 'One of them, and how it differs from what is in use.',
    allow: viewers,
    answer: z.object({ number: count, text: z.string(), differences: z.array(difference) }),
  },
  'POST /api/configuration/versions/{number}/restore': {
    tag: 'configuration',
    summary: 'Rolls back: applies an earlier version as the newest.',
    allow: operators,
    answer: configuration,
  },
} as const satisfies EndpointTable;

const alertKinds = ['verdict', 'error_ratio', 'latency', 'budget'] as const;

const channel = named(
  'AlertChannel',
  'Where alerts are told; secrets of it can be written and not read.',
  z.object({
    name: z.string(),
    managedBy,
    kind: z.enum(['slack', 'webhook', 'email', 'pagerduty']),
    /** Host or address it goes to; never a secret part of a URL. */
    to: z.string(),
    /** As the configuration has them, without what is secret. */
    settings: z.record(z.string(), z.unknown()),
    version,
  }),
);

const alertRule = named(
  'AlertRule',
  'When somebody is told.',
  z.object({
    name: z.string(),
    managedBy,
    kind: z.enum(alertKinds),
    settings: z.record(z.string(), z.unknown()),
    channels: z.array(z.string()),
    version,
  }),
);

export const alert = named(
  'Alert',
  'A rule that has been true for something.',
  z.object({
    id: z.string(),
    rule: z.string(),
    /** What it is about: a route, a target, a key. */
    subject: z.string(),
    state: z.enum(['firing', 'resolved']),
    message: z.string(),
    startedAt: time,
    endedAt: z.nullable(time),
    /** Alerts that are its effects and were not told. */
    effects: z.array(z.string()),
  }),
);

const delivery = z.object({
  id: z.string(),
  channel: z.string(),
  event: z.enum(['firing', 'resolved', 'test']),
  /** Ids of what it tells; several of one moment are told together. */
  alerts: z.array(z.string()),
  at: time,
  state: z.enum(['delivered', 'waiting', 'failed']),
  attempts: count,
  /** When it is tried again. */
  nextAt: z.nullable(time),
  /** Why the newest attempt failed. */
  problem: z.nullable(z.string()),
});

const channelBody = {
  kind: z.enum(['slack', 'webhook', 'email', 'pagerduty']),
  /** As in the `alertChannels` section; a secret that is left out stays as it is. */
  settings: z.record(z.string(), z.unknown()),
};
const ruleBody = {
  kind: z.enum(alertKinds),
  settings: z.record(z.string(), z.unknown()),
  channels: z.array(configName).check(z.minLength(1)),
};

export const alertEndpoints = {
  'GET /api/alerts': {
    tag: 'alerts',
    summary: 'Alerts, newest first.',
    allow: viewers,
    query: z.strictObject({ ...paging, state: z.optional(z.enum(['firing', 'resolved'])) }),
    answer: page(alert),
  },
  'GET /api/alerts/channels': {
    tag: 'alerts',
    summary: 'Where alerts are told.',
    allow: viewers,
    answer: z.object({ items: z.array(channel) }),
  },
  'POST /api/alerts/channels': {
    tag: 'alerts',
    summary: 'Adds a channel.',
    allow: operators,
    body: z.strictObject({ name: configName, ...channelBody }),
    status: 201,
    answer: channel,
  },
  'PATCH /api/alerts/channels/{name}': {
    tag: 'alerts',
    summary: 'Replaces its settings; another kind or address needs its secrets anew.',
    allow: operators,
    versioned: true,
    body: z.strictObject(channelBody),
    answer: channel,
  },
  'DELETE /api/alerts/channels/{name}': {
    tag: 'alerts',
    summary: 'Takes a channel away that no rule uses.',
    allow: operators,
  },
  'POST /api/alerts/channels/{name}/test': {
    tag: 'alerts',
    summary: 'Sends a test and tells what came of it.',
    allow: operators,
    answer: delivery,
  },
  'GET /api/alerts/rules': {
    tag: 'alerts',
    summary: 'When somebody is told.',
    allow: viewers,
    answer: z.object({ items: z.array(alertRule) }),
  },
  'POST /api/alerts/rules': {
    tag: 'alerts',
    summary: 'Adds a rule.',
    allow: operators,
    body: z.strictObject({ name: configName, ...ruleBody }),
    status: 201,
    answer: alertRule,
  },
  'PATCH /api/alerts/rules/{name}': {
    tag: 'alerts',
    summary: 'Replaces its settings and channels.',
    allow: operators,
    versioned: true,
    body: z.strictObject(ruleBody),
    answer: alertRule,
  },
  'DELETE /api/alerts/rules/{name}': {
    tag: 'alerts',
    summary: 'Takes a rule away.',
    allow: operators,
  },
  'GET /api/alerts/deliveries': {
    tag: 'alerts',
    summary: 'What was sent where, and what came of it, newest first.',
    allow: viewers,
    query: z.strictObject(paging),
    answer: page(delivery),
  },
} as const satisfies EndpointTable;

export const auditEntry = named(
  'AuditEntry',
  'What somebody did; each entry holds the hash of the one before.',
  z.object({
    sequence: count,
    at: time,
    actor: z.object({
      kind: z.enum(['user', 'token', 'anonymous', 'system']),
      id: z.string(),
      name: z.string(),
    }),
    address: z.string(),
    /** Such as `POST /api/keys`. */
    action: z.string(),
    /** Path parameters and the fields that changed; secrets are left out. */
    subject: z.string(),
    details: z.record(z.string(), z.unknown()),
    status: z.int(),
    requestId: z.string(),
    hash: z.string(),
  }),
);
export type AuditEntry = z.output<typeof auditEntry>;

export const auditEndpoints = {
  'GET /api/audit': {
    tag: 'audit',
    summary: 'The audit log, newest first.',
    allow: owners,
    query: z.strictObject({
      limit,
      cursor,
      actor: z.optional(z.string()),
      action: z.optional(text),
    }),
    answer: page(auditEntry),
  },
  'GET /api/audit/verify': {
    tag: 'audit',
    summary: 'Follows the chain from its first entry; tells where it breaks, if it does.',
    allow: owners,
    answer: z.object({
      ok: z.boolean(),
      entries: count,
      brokenAt: z.nullable(count),
      head: z.nullable(z.string()),
    }),
  },
} as const satisfies EndpointTable;
