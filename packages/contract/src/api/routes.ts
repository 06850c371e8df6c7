import * as z from 'zod/mini';
import { configName, count, managedBy, ms, named, status, version } from './common.ts';
import { operators, viewers, type EndpointTable } from './endpoint.ts';

/** Of the configuration, as written there: durations as text, for instance `10s`. */
const settings = z.record(z.string(), z.unknown());

const credential = z.object({
  name: z.string(),
  /** The last four characters, where it is long enough to show them. */
  hint: z.string(),
  managedBy,
  /** Why it rests now, if it does. */
  resting: z.nullable(z.string()),
});

export const provider = named(
  'Provider',
  'Who answers: an address, a dialect and credentials, whose values nobody can read back.',
  z.object({
    name: z.string(),
    managedBy,
    dialect: z.string(),
    baseUrl: z.nullable(z.string()),
    private: z.boolean(),
    credentials: z.array(credential),
    /** Further settings, as the configuration has them. */
    settings,
    /** Of its targets, the worst. */
    status,
    targets: count,
    version,
  }),
);
export type Provider = z.output<typeof provider>;

/** New credentials; a value can be written and never read. */
const credentials = z
  .array(
    z.strictObject({
      name: configName,
      value: z.string().check(z.minLength(1), z.maxLength(16_384)),
    }),
  )
  .check(z.maxLength(50));

const providerBody = {
  dialect: z.string(),
  baseUrl: z.optional(z.nullable(z.string().check(z.maxLength(2048)))),
  private: z.optional(z.boolean()),
  settings: z.optional(settings),
};

const tested = named(
  'ConnectionTest',
  'What came of one free call through the outbound door.',
  z.object({
    ok: z.boolean(),
    ms,
    /** Code of what went wrong, and a sentence. */
    reason: z.nullable(z.string()),
    message: z.nullable(z.string()),
  }),
);

export const route = named(
  'Model',
  'What callers name in `model`, and the targets that serve it.',
  z.object({
    name: z.string(),
    managedBy,
    routing: z.enum(['ordered', 'weighted', 'fastest', 'cheapest']),
    targets: z.array(
      z.object({ id: z.string(), provider: z.string(), model: z.string(), settings }),
    ),
    critical: z.boolean(),
    settings,
    status,
    reason: z.nullable(z.string()),
    version,
  }),
);
export type ModelRoute = z.output<typeof route>;

const targets = z
  .array(
    z.looseObject({
      provider: configName,
      model: z.string().check(z.minLength(1), z.maxLength(256)),
    }),
  )
  .check(z.minLength(1), z.maxLength(100));

const api = named(
  'Api',
  'An HTTP API behind the gateway.',
  z.object({
    name: z.string(),
    managedBy,
    path: z.string(),
    upstreams: z.array(z.object({ url: z.string(), status })),
    settings,
    status,
    reason: z.nullable(z.string()),
    /** Operations of its description that cannot be checked: `GET /items/{id}`, and why. */
    broken: z.array(z.object({ operation: z.string(), detail: z.string() })),
    version,
  }),
);
export type Api = z.output<typeof api>;

export const routeEndpoints = {
  'GET /api/providers': {
    tag: 'providers',
    summary: 'Providers; never the values of their credentials.',
    allow: viewers,
    answer: z.object({ items: z.array(provider) }),
  },
  'POST /api/providers': {
    tag: 'providers',
    summary: 'Adds a provider.',
    allow: operators,
    body: z.strictObject({
      name: configName,
      ...providerBody,
      credentials: z.optional(credentials),
    }),
    status: 201,
    answer: provider,
  },
  'POST /api/providers/test': {
    tag: 'providers',
    summary: 'Tries an address and a credential before they are kept.',
    allow: operators,
    body: z.strictObject({
      ...providerBody,
      credential: z.optional(z.string().check(z.maxLength(16_384))),
    }),
    answer: tested,
  },
  'GET /api/providers/{name}': {
    tag: 'providers',
    summary: 'One provider.',
    allow: viewers,
    answer: provider,
  },
  'PATCH /api/providers/{name}': {
    tag: 'providers',
    summary: 'Changes a provider; another host or dialect takes its stored credentials away.',
    allow: operators,
    versioned: true,
    body: z.strictObject({ ...providerBody, dialect: z.optional(providerBody.dialect) }),
    answer: provider,
  },
  'DELETE /api/providers/{name}': {
    tag: 'providers',
    summary: 'Takes a provider away that no model uses.',
    allow: operators,
  },
  'POST /api/providers/{name}/test': {
    tag: 'providers',
    summary: 'Tries a provider with each of its credentials; the first failure is told.',
    allow: operators,
    answer: tested,
  },
  'PUT /api/providers/{name}/credentials/{credential}': {
    tag: 'providers',
    summary: 'Writes a credential, encrypted at rest.',
    allow: operators,
    body: z.strictObject({ value: z.string().check(z.minLength(1), z.maxLength(16_384)) }),
    answer: provider,
  },
  'DELETE /api/providers/{name}/credentials/{credential}': {
    tag: 'providers',
    summary: 'Destroys a credential.',
    allow: operators,
    answer: provider,
  },
  'GET /api/models': {
    tag: 'models',
    summary: 'Models that callers can name.',
    allow: viewers,
    answer: z.object({ items: z.array(route) }),
  },
  'POST /api/models': {
    tag: 'models',
    summary: 'Adds a model.',
    allow: operators,
    body: z.strictObject({
      name: configName,
      routing: z.optional(z.string()),
      targets,
      critical: z.optional(z.boolean()),
      settings: z.optional(settings),
    }),
    status: 201,
    answer: route,
  },
  'GET /api/models/{name}': { tag: 'models', summary: 'One model.', allow: viewers, answer: route },
  'PATCH /api/models/{name}': {
    tag: 'models',
    summary: 'Changes a model; what is left out stays as it is.',
    allow: operators,
    versioned: true,
    body: z.strictObject({
      routing: z.optional(z.string()),
      targets: z.optional(targets),
      critical: z.optional(z.boolean()),
      settings: z.optional(settings),
    }),
    answer: route,
  },
  'DELETE /api/models/{name}': {
    tag: 'models',
    summary: 'Takes a model away.',
    allow: operators,
  },
  'GET /api/apis': {
    tag: 'apis',
    summary: 'HTTP APIs behind the gateway.',
    allow: viewers,
    answer: z.object({ items: z.array(api) }),
  },
  'POST /api/apis': {
    tag: 'apis',
    summary: 'Adds an HTTP API; `settings` as in the `apis` section of the file.',
    allow: operators,
    body: z.strictObject({ name: configName, settings }),
    status: 201,
    answer: api,
  },
  'GET /api/apis/{name}': { tag: 'apis', summary: 'One HTTP API.', allow: viewers, answer: api },
  'PATCH /api/apis/{name}': {
    tag: 'apis',
    summary: 'Replaces its settings.',
    allow: operators,
    versioned: true,
    body: z.strictObject({ settings }),
    answer: api,
  },
  'DELETE /api/apis/{name}': { tag: 'apis', summary: 'Takes it away.', allow: operators },
} as const satisfies EndpointTable;
