import { z } from 'zod';
import { alertChannel, alertRule } from './alerts.ts';
import { api } from './apis.ts';
import { cache, modelCache } from './cache.ts';
import { capture } from './capture.ts';
import { console } from './console.ts';
import { credential } from './credentials.ts';
import { documents } from './documents.ts';
import { cidr, flag, httpUrl, known, name, owner, whole } from './fields.ts';
import { jwtIssuer } from './jwt.ts';
import { limits } from './limits.ts';
import { listenerRules } from './listener-rules.ts';
import { localModel } from './local-model.ts';
import { guardrail, withScopes } from './guardrails.ts';
import { address, duration, size } from './quantities.ts';
import { price, prices } from './prices.ts';
import { prompt } from './prompts.ts';
import { mistakesOf, type ConfigMistake } from './mistakes.ts';
import { brokenReferences } from './references.ts';
import { shared } from './shared.ts';
import { statusPage } from './status-page.ts';
import { storeFields } from './store.ts';
import { team } from './teams.ts';

/**
 * The configuration file, as values. One schema says what is allowed, what is meant where nothing
 * is said, and what a mistake is called.
 */

/** Shorter ones are guessed (NIST SP 800-63B asks for at least 8 characters of any secret). */
const clientSecret = z.string().min(8, { error: 'expected a key secret of at least 8 characters' });

export const providerDialects = [
  'openai-chat',
  'openai-responses',
  'anthropic',
  'gemini',
  'mistral',
  'cohere',
  'ollama',
  'bedrock',
  'vertex',
  'azure-openai',
  'simulator',
] as const;
export type ProviderDialect = (typeof providerDialects)[number];

const provider = known({
  name,
  dialect: z.enum(providerDialects, {
    error: `expected one of: ${providerDialects.join(', ')}`,
  }),
  baseUrl: httpUrl.optional(),
  /** In the place of an address: a model that the gateway runs itself. */
  local: localModel.optional(),
  credentials: z.array(credential).default([]),
  private: flag.default(false),
  /** Whom to believe about its certificate: a file in PEM. */
  tls: known({ ca: z.string().min(1) }).optional(),
  prices,
  /** Paid looks; without a budget there are none. */
  canary: known({
    /** US dollars a day (UTC). */
    budget: z
      .number({ error: 'expected US dollars a day, such as 0.05' })
      .min(0, { error: 'expected US dollars a day, such as 0.05' })
      .default(0),
    interval: duration().default(300_000),
  }).prefault({}),
});

const timeouts = known({
  connect: duration().default(2000),
  firstToken: duration().optional(),
  idle: duration().default(60_000),
  total: duration().default(300_000),
});

/** Tokens of a streamed answer that no model is known to go beyond. */
export const MAX_OUTPUT = 200_000;

export const routings = ['ordered', 'weighted', 'fastest', 'cheapest'] as const;

const model = known({
  name,
  routing: z
    .enum(routings, { error: `expected one of: ${routings.join(', ')}` })
    .default('ordered'),
  targets: z
    .array(
      known({
        provider: name,
        model: z.string().min(1).max(256),
        price: price.optional(),
        weight: z
          .number()
          .positive({ error: 'expected a weight above 0' })
          .max(1_000_000)
          .default(1),
        priority: whole(0, 100).default(0),
        maxConcurrency: whole(1, 1_000_000).optional(),
      }),
    )
    .min(1, { error: 'expected at least one target' }),
  sticky: flag.default(false),
  /** Refuse what a translation between dialects could not carry whole. */
  strict: flag.default(false),
  timeouts: timeouts.prefault({}),
  /** Tokens of a streamed answer, about, after which it is taken for one without an end. */
  maxOutput: whole(1, 100_000_000).default(MAX_OUTPUT),
  /** Asks a second target when the first takes long, for at most a share of the requests. */
  hedge: known({
    after: duration(),
    share: z
      .number({ error: 'expected a share of the requests above 0 and up to 1, such as 0.05' })
      .positive({ error: 'expected a share of the requests above 0 and up to 1, such as 0.05' })
      .max(1, { error: 'expected a share of the requests above 0 and up to 1, such as 0.05' })
      .default(0.05),
  }).optional(),
  limits,
  /** Answers to the same question are remembered; absent: none. */
  cache: modelCache.optional(),
  critical: flag.default(false),
  /** Names of guardrails that hold for it, beside those for all. */
  guardrails: z.array(name).optional(),
  /** Where its callers must be; absent: anywhere. */
  ips: z.array(cidr).optional(),
});

const key = known({
  name,
  secret: clientSecret,
  /** Who answers for it; shown, and in the ledger. */
  owner: owner.optional(),
  /** Whose limits it shares. */
  team: name.optional(),
  models: z.array(z.string()).optional(),
  apis: z.array(z.string()).optional(),
  /** Those named here may be called whatever `models` says; absent: those of the key's models. */
  prompts: z.array(z.string()).optional(),
  ips: z.array(cidr).optional(),
  expires: z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'expected a date such as 2027-01-01 or 2027-01-01T12:00:00Z',
    })
    .transform((text) => Date.parse(text))
    .optional(),
  limits,
  guardrails: z.array(name).optional(),
});

const shape = known({
  version: z.literal(1, { error: 'expected version: 1' }),
  listen: known({
    gateway: address().default({ host: '127.0.0.1', port: 8080 }),
    admin: address().default({ host: '127.0.0.1', port: 8081 }),
    probes: address().default({ host: '127.0.0.1', port: 8082 }),
    /** Of the gateway's listener: PEM files, taken up anew when they change. */
    tls: known({ cert: z.string().min(1), key: z.string().min(1) }).optional(),
    /** Lines for HAProxy's agent check. */
    agent: address().optional(),
    /** gRPC Health v1, without TLS. */
    grpc: address().optional(),
  }).prefault({}),
  server: known({
    maxBody: size().default(10 * 1024 ** 2),
    /** Requests at once; where nothing is said, 10,000 or what open files allow. */
    maxConnections: whole(1, 1_000_000).optional(),
    headerTimeout: duration().default(10_000),
    bodyTimeout: duration().default(30_000),
    sendTimeout: duration().default(60_000),
    drainDelay: duration().default(5000),
    drainTimeout: duration().default(25_000),
  }).prefault({}),
  ...storeFields,
  shared,
  workers: whole(1, 64).default(1),
  access: known({
    anonymous: flag.default(false),
    trustedProxies: z.array(cidr).default([]),
    allow: z.array(cidr).default([]),
    deny: z.array(cidr).default([]),
    listeners: listenerRules,
    /** From one address in a minute, before it has to wait. */
    wrongKeys: whole(1, 1_000_000).default(300),
    jwt: z.array(jwtIssuer).default([]),
  }).prefault({}),
  console: console.prefault({}),
  health: known({
    fall: whole(1, 100).default(3),
    rest: duration().default(7000),
    maxRest: duration().default(14_000),
    probeInterval: duration().default(10_000),
    /** With a smaller share of a model's targets usable, resting ones are asked before refusing. */
    floor: z
      .number({ error: 'expected a share from 0 to 1, such as 0.5' })
      .min(0)
      .max(1, { error: 'expected a share from 0 to 1, such as 0.5' })
      .default(0.5),
  }).prefault({}),
  providers: z.array(provider).default([]),
  models: z.array(model).default([]),
  apis: z.array(api).default([]),
  prompts: z.array(prompt).default([]),
  documents: documents.prefault({}),
  cache: cache.prefault({}),
  /** For all callers together, or for each of something. */
  limits,
  teams: z.array(team).default([]),
  keys: z.array(key).default([]),
  guardrails: z.array(guardrail).default([]),
  capture,
  /** Absent: as the console has it. */
  statusPage: statusPage.optional(),
  alertChannels: z.array(alertChannel).default([]),
  alertRules: z.array(alertRule).default([]),
});

export type Config = z.output<typeof shape>;
export type ProviderConfig = Config['providers'][number];
export type ModelConfig = Config['models'][number];
export type TimeoutsConfig = ModelConfig['timeouts'];
export type KeyConfig = Config['keys'][number];

/** Reads a parsed file as a configuration, or tells every mistake in it at once. */
export function readConfig(input: unknown): { config: Config } | { mistakes: ConfigMistake[] } {
  const result = shape.safeParse(input);
  const mistakes = result.success ? [] : mistakesOf(result.error);
  mistakes.push(...brokenReferences(input));
  return result.success && mistakes.length === 0
    ? { config: withScopes(result.data) }
    : { mistakes };
}

/** What a configuration looks like, for editors (JSON Schema 2020-12). */
export const configSchema = (): Record<string, unknown> =>
  z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' });
