import * as z from 'zod/mini';
import { count, ms, named, share, status, time, usd } from './common.ts';
import { everyone, viewers, type EndpointTable } from './endpoint.ts';

export const targetState = z.enum(['serving', 'resting', 'probing', 'ramping', 'drained']);

export const target = named(
  'Target',
  'One model at one provider, with its state and what it is doing.',
  z.object({
    /** `provider/model`. */
    id: z.string(),
    provider: z.string(),
    model: z.string(),
    state: targetState,
    status,
    /** When it came into this state. */
    since: z.nullable(time),
    /** Code of its trouble, such as `http_500`. */
    reason: z.nullable(z.string()),
    /** How much of its normal traffic it is given. */
    share,
    /** What is left of its rest. */
    restMs: z.nullable(ms),
    inFlight: count,
    /** Smoothed time to the first byte of good answers. */
    latencyMs: z.nullable(ms),
    /** The provider says that it has no such model. */
    retired: z.boolean(),
    /** Features it has refused lately, such as `tools`. */
    doubtful: z.array(z.string()),
    /** US dollars for a million tokens, one part written to three read. */
    price: z.nullable(usd),
    restingCredentials: z.array(
      z.object({ credential: z.string(), model: z.string(), reason: z.string(), forMs: ms }),
    ),
    /** What paid looks at its provider have cost today (UTC), and may cost at most. */
    canary: z.object({ spentUsd: usd, budgetUsd: usd }),
    /** Why no credential of its provider can be used for it, if none can. */
    blocked: z.nullable(z.object({ level: z.enum(['provider', 'model']), reason: z.string() })),
    /** How its last answers were, about fifty of them; null where there were too few. */
    measured: z.object({
      /** Share of attempts that were served. */
      served: z.nullable(share),
      tokensPerSecond: z.nullable(z.number()),
      /** The longest silence inside a stream, on average. */
      longestPauseMs: z.nullable(ms),
      /** Share of streams that broke off. */
      truncatedStreams: z.nullable(share),
      /** Share of answers that were to be JSON and were not. */
      unstructuredAnswers: z.nullable(share),
      /** Share that was served of those that needed a feature, such as `tools`. */
      servedWith: z.record(z.string(), share),
    }),
    /** Names of the models it serves. */
    routes: z.array(z.string()),
  }),
);
export type Target = z.output<typeof target>;

const source = z.string();

export const why = named(
  'Why',
  'The evidence and the rule behind a verdict.',
  z.object({
    target,
    rule: z.string(),
    /** One sentence for people. */
    words: z.string(),
    basis: z.object({ streak: count, sample: count, ratio: share }),
    evidence: z.array(
      z.object({
        source,
        successes: count,
        failures: count,
        streak: count,
        lastSuccessAgoMs: z.optional(ms),
        lastHarmAgoMs: z.optional(ms),
      }),
    ),
    window: z.object({ ms, sample: count, failureRatio: share }),
    failures: z.array(
      z.object({
        at: time,
        source,
        fault: z.optional(z.string()),
        reason: z.string(),
        counted: z.boolean(),
      }),
    ),
  }),
);

export const change = named(
  'TargetChange',
  'A target that went from one state to another.',
  z.object({
    target: z.string(),
    from: targetState,
    to: targetState,
    reason: z.string(),
    at: time,
  }),
);

const routeHealth = z.object({
  name: z.string(),
  kind: z.enum(['model', 'api']),
  status,
  critical: z.boolean(),
  reason: z.nullable(z.string()),
  /** Ids, in the order of the configuration. */
  targets: z.array(z.string()),
});

/** Numbers of one span of traffic. */
const traffic = {
  requests: count,
  /** Interrupted ones among them. */
  failed: count,
  /** Callers', for what they alone could have made otherwise; not among the failed. */
  refused: count,
  abandoned: count,
  inputTokens: count,
  outputTokens: count,
  cost: usd,
  firstTokenP50Ms: z.nullable(ms),
  firstTokenP95Ms: z.nullable(ms),
};

export const overview = named(
  'Overview',
  'Is it well? One screen.',
  z.object({
    status,
    /** Codes of what stands in the way; empty when all is well. */
    reasons: z.array(z.string()),
    phase: z.enum(['starting', 'serving', 'draining']),
    version: z.string(),
    /** Seconds. */
    uptime: count,
    at: time,
    routes: z.array(routeHealth),
    targets: z.array(target),
    inFlight: count,
    /** The last five minutes; `errorRatio` is the share of those not refused that failed. */
    traffic: z.object({ ...traffic, perSecond: z.number(), errorRatio: share }),
    /** Since midnight UTC. */
    today: z.object(traffic),
    ledgerRowsLost: count,
    /** Why the configuration in use is not the one in the file. */
    configProblem: z.nullable(z.string()),
    openIncidents: count,
    firingAlerts: count,
    /** What a new installation still lacks, for the set-up guide. */
    setUp: z.object({
      hasOwnProvider: z.boolean(),
      hasModel: z.boolean(),
      hasKey: z.boolean(),
      hasFirstCall: z.boolean(),
    }),
    /** Where callers send requests. */
    gatewayUrl: z.string(),
  }),
);
export type Overview = z.output<typeof overview>;

export const trafficPoint = z.object({ at: time, ...traffic });

export const overviewEndpoints = {
  'GET /api/overview': {
    tag: 'overview',
    summary: 'Is it well: routes, targets, traffic, spend. A member sees its teams’ traffic.',
    allow: everyone,
    answer: overview,
  },
  'GET /api/traffic': {
    tag: 'overview',
    summary: 'Traffic over time, in equal steps, oldest first.',
    allow: everyone,
    query: z.strictObject({
      window: z._default(z.enum(['15m', '1h', '6h', '24h', '7d', '30d']), '1h'),
      model: z.optional(z.string()),
      target: z.optional(z.string()),
      key: z.optional(z.string()),
    }),
    answer: z.object({ stepMs: ms, points: z.array(trafficPoint) }),
  },
  'GET /api/targets': {
    tag: 'targets',
    summary: 'Every target with its state.',
    allow: viewers,
    answer: z.object({ items: z.array(target) }),
  },
  'GET /api/targets/{id}': {
    tag: 'targets',
    summary: 'One target, with the evidence and the rule behind its verdict.',
    allow: viewers,
    answer: why,
  },
  'GET /api/targets/{id}/history': {
    tag: 'targets',
    summary: 'Changes of state, newest first.',
    allow: viewers,
    answer: z.object({ items: z.array(change) }),
  },
  'POST /api/targets/{id}/rest': {
    tag: 'targets',
    summary: 'Gives a target a rest; no probe ends it before its time.',
    allow: ['owner', 'operator'],
    body: z.strictObject({
      forMs: z.optional(z.int().check(z.minimum(1000), z.maximum(604_800_000))),
    }),
    answer: target,
  },
  'POST /api/targets/{id}/serve': {
    tag: 'targets',
    summary: 'Lets a target serve at once, with a clean count.',
    allow: ['owner', 'operator'],
    answer: target,
  },
  'POST /api/targets/{id}/drain': {
    tag: 'targets',
    summary: 'Takes a target out until it is told to serve.',
    allow: ['owner', 'operator'],
    answer: target,
  },
  'POST /api/targets/{id}/reset': {
    tag: 'targets',
    summary: 'Forgets what was seen of a target.',
    allow: ['owner', 'operator'],
    answer: target,
  },
} as const satisfies EndpointTable;
