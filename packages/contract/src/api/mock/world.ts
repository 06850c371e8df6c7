import type { Incident, Receipt, Uptime } from '../requests.ts';
import type { AuditEntry } from '../operation.ts';
import type { Guardrail } from '../guardrails.ts';
import type { Key, LimitState } from '../keys.ts';
import type { Overview, Target } from '../overview.ts';
import type { Team, User } from '../people.ts';
import type { Api, ModelRoute, Provider } from '../routes.ts';
import { hex, pick, seeded } from './random.ts';

/** A small installation that could be somebody's: three providers, five targets, three teams. */
export interface World {
  readonly targets: Target[];
  readonly providers: Provider[];
  readonly models: ModelRoute[];
  readonly apis: Api[];
  readonly teams: Team[];
  readonly keys: Key[];
  readonly users: User[];
  readonly guardrails: Guardrail[];
  readonly incidents: Incident[];
  /** The receipt of the request with this number; 0 is the newest. */
  readonly receipt: (index: number) => Receipt;
}

const DAY_MS = 86_400_000;
const iso = (ms: number) => new Date(ms).toISOString();

export function createWorld(now: number): World {
  const random = seeded(7);
  const since = iso(now - 3 * 3_600_000);
  const target = (id: string, routes: string[], price: number | null): Target => ({
    id,
    provider: id.slice(0, id.indexOf('/')),
    model: id.slice(id.indexOf('/') + 1),
    state: 'serving',
    status: 'pass',
    since,
    reason: null,
    share: 1,
    restMs: null,
    inFlight: Math.floor(random() * 6),
    latencyMs: Math.round(180 + random() * 700),
    retired: false,
    doubtful: [],
    price,
    restingCredentials: [],
    canary: { spentUsd: 0, budgetUsd: 0 },
    blocked: null,
    measured: {
      served: 0.9 + random() / 10,
      tokensPerSecond: 20 + random() * 100,
      longestPauseMs: Math.round(random() * 800),
      truncatedStreams: random() / 50,
      unstructuredAnswers: null,
      servedWith: { stream: 0.9 + random() / 10, tools: 0.9 + random() / 10 },
    },
    routes,
  });
  const targets = [
    target('openai/gpt-4.1-mini', ['chat', 'fast'], 0.7),
    target('openai/gpt-4.1', ['deep'], 3.5),
    target('claude/claude-haiku-4-5', ['chat', 'fast'], 2),
    target('claude/claude-sonnet-5', ['deep'], 6),
    target('local/qwen3', ['fast'], null),
  ];
  const provider = (name: string, dialect: string, baseUrl: string): Provider => ({
    name,
    managedBy: name === 'local' ? 'console' : 'file',
    dialect,
    baseUrl,
    private: name === 'local',
    credentials:
      name === 'local'
        ? []
        : [{ name: 'main', hint: hex(4, random), managedBy: 'file', resting: null }],
    settings: {},
    status: 'pass',
    targets: targets.filter((one) => one.provider === name).length,
    version: hex(8, random),
  });
  const model = (name: string, routing: ModelRoute['routing'], critical: boolean): ModelRoute => ({
    name,
    managedBy: name === 'fast' ? 'console' : 'file',
    routing,
    targets: targets
      .filter((one) => one.routes.includes(name))
      .map((one) => ({ id: one.id, provider: one.provider, model: one.model, settings: {} })),
    critical,
    settings: {},
    status: 'pass',
    reason: null,
    version: hex(8, random),
  });
  const teams = ['Search', 'Support', 'Research'].map((name, i): Team => ({
    id: name,
    name,
    managedBy: 'console',
    members: 2 + i,
    keys: 3,
    spend: Math.round(random() * 90_000) / 100,
    models: null,
    limits: [{ cost: 500, unit: 'USD', per: 'month' }],
    version: hex(8, random),
  }));
  const keyNames = ['ci', 'web', 'mobile', 'batch', 'notebook', 'bot', 'eval', 'staging'] as const;
  const keys = keyNames.map((name, i): Key => ({
    id: `key_${i + 1}`,
    name,
    hint: `vg_${hex(4, random)}`,
    managedBy: i === 0 ? 'file' : 'console',
    status: i === 7 ? 'revoked' : i === 6 ? 'expired' : 'active',
    owner: i === 0 ? null : `${name}@example.com`,
    team: i === 0 ? null : (teams[i % 3]?.id ?? null),
    models: i % 2 === 0 ? null : ['chat', 'fast'],
    apis: null,
    prompts: null,
    ips: null,
    limits: [
      { requests: 60 * (i + 1), per: '1m' },
      { cost: 20 * (i + 1), unit: 'USD', per: 'day' },
    ],
    guardrails: [],
    createdAt: iso(now - (90 - i * 9) * DAY_MS),
    expiresAt: i === 6 ? iso(now - DAY_MS) : null,
    revokedAt: i === 7 ? iso(now - 2 * DAY_MS) : null,
    lastUsedAt: i === 7 ? null : iso(now - i * 61_000),
    version: hex(8, random),
  }));
  const user = (id: string, name: string, role: User['role'], team?: string): User => ({
    id,
    email: `${name.toLowerCase()}@example.com`,
    name,
    role,
    teams: team === undefined ? [] : [team],
    status: 'active',
    secondFactor: role === 'owner',
    createdAt: iso(now - 100 * DAY_MS),
    lastSeenAt: iso(now - 60_000),
    version: hex(8, random),
  });
  return {
    targets,
    providers: [
      provider('openai', 'openai-chat', 'https://api.openai.com/v1'),
      provider('claude', 'anthropic', 'https://api.anthropic.com/v1'),
      provider('local', 'ollama', 'http://127.0.0.1:11434'),
    ],
    models: [
      model('chat', 'ordered', true),
      model('fast', 'fastest', false),
      model('deep', 'ordered', false),
    ],
    apis: [
      {
        name: 'orders',
        managedBy: 'file',
        path: '/orders',
        upstreams: [
          { url: 'http://10.0.0.11:9001', status: 'pass' },
          { url: 'http://10.0.0.12:9001', status: 'pass' },
        ],
        settings: { health: { path: '/health', interval: '10s' } },
        status: 'pass',
        reason: null,
        broken: [],
        version: hex(8, random),
      },
    ],
    teams,
    keys,
    users: [
      user('user_1', 'Owner', 'owner'),
      user('user_2', 'Operator', 'operator'),
      user('user_3', 'Viewer', 'viewer'),
      user('user_4', 'Member', 'member', 'Search'),
    ],
    guardrails: [
      {
        name: 'secrets',
        managedBy: 'file',
        settings: { on: ['request', 'answer'], detect: ['secrets'], action: 'block' },
        action: 'block',
        onError: 'block',
        version: 'file',
      },
      {
        name: 'personal-data',
        managedBy: 'console',
        settings: { on: ['request'], detect: ['email', 'iban', 'card'], action: 'redact' },
        action: 'redact',
        onError: 'block',
        version: hex(8, random),
      },
    ],
    incidents: [3, 17, 40].map((days, i) => ({
      id: `inc_${i + 1}`,
      title: ['OpenAI answers 529', 'Claude is slow', 'No way for deep'][i] ?? '',
      severity: i === 2 ? 'down' : 'degraded',
      routes: [['chat'], ['chat', 'fast'], ['deep']][i] ?? [],
      cause: ['openai/gpt-4.1-mini', 'claude', 'local'][i] ?? '',
      reason: ['http_529', 'first_token_timeout', 'no_healthy_target'][i] ?? '',
      startedAt: iso(now - days * DAY_MS),
      endedAt: iso(now - days * DAY_MS + (i + 1) * 900_000),
      public: true,
      notes: [],
      version: hex(8, random),
    })),
    receipt: (index) => receiptOf(index, now, targets, keys, teams),
  };
}

/** Requests that come later have numbers below zero, which ids have no way to write. */
export const ARRIVALS = 1_000_000;

/** Each receipt comes from its number alone, so that a hundred thousand of them cost nothing. */
function receiptOf(
  index: number,
  now: number,
  targets: readonly Target[],
  keys: readonly Key[],
  teams: readonly Team[],
): Receipt {
  const random = seeded(1000 + index);
  const key = keys[Math.floor(random() * 6)];
  const [first] = targets;
  const chosen = targets[Math.floor(random() * targets.length)] ?? first;
  const fails = random() < 0.03;
  const isRefused = !fails && random() < 0.02;
  const isServed = !fails && !isRefused;
  const switched = isServed && random() < 0.06;
  const firstMs = Math.round(120 + random() * 900);
  const output = Math.floor(20 + random() * 800);
  const input = Math.floor(40 + random() * 4000);
  const failure = {
    target: 'openai/gpt-4.1-mini',
    credential: 'main',
    reason: 'http_529',
    ms: 140,
  };
  const answer = { target: chosen?.id ?? '', credential: 'main', reason: 'ok', ms: firstMs };
  return {
    id: `req_${(index + ARRIVALS).toString(36).padStart(6, '0')}${hex(10, random)}`,
    at: iso(now - index * 1700 - random() * 900),
    key: key === undefined ? null : { id: key.id, name: key.name },
    team: key?.team ?? teams[0]?.id ?? null,
    owner: key?.owner ?? null,
    model: chosen?.routes[0] ?? 'chat',
    target: isServed ? (chosen?.id ?? null) : null,
    dialect: pick(['openai-chat', 'anthropic', 'gemini', 'openai-responses'], random),
    operation: 'chat',
    streamed: random() < 0.7,
    status: isRefused ? 429 : fails ? 502 : 200,
    outcome: isRefused ? 'refused' : fails ? 'failed' : random() < 0.02 ? 'abandoned' : 'completed',
    reason: isRefused ? 'rate_limited' : fails ? 'upstream_error' : null,
    tokens: {
      input,
      cached: Math.floor(input / 3),
      output: isServed ? output : null,
      reasoning: null,
    },
    cost: !isServed ? null : Math.round((input * 0.4 + output * 1.6) * 100) / 100 / 1e6,
    firstMs: isServed ? firstMs : null,
    totalMs: isRefused ? 1 : firstMs + output * 11,
    gatewayMs: Math.round(random() * 300) / 100,
    attempts: isRefused
      ? []
      : fails
        ? [failure, { ...failure, target: 'claude/claude-haiku-4-5' }]
        : switched
          ? [failure, answer]
          : [answer],
    guardrails: [],
    warnings: random() < 0.05 ? ['logit_bias is not known to anthropic and was left out'] : [],
  };
}

export function uptimeOf(name: string, kind: Uptime['kind'], days: number, now: number): Uptime {
  const random = seeded(name.length * 31 + days);
  const rows = Array.from({ length: days }, (_, i) => {
    const down = random() < 0.06 ? Math.round(random() * 400) / 10_000 : 0;
    const degraded = random() < 0.15 ? Math.round(random() * 900) / 10_000 : 0;
    const unknown = i < days / 4 ? 0.2 : 0.01;
    return {
      day: iso(now - (days - 1 - i) * DAY_MS).slice(0, 10),
      up: 1 - down - degraded - unknown,
      degraded,
      down,
      unknown,
    };
  });
  const sum = (field: 'up' | 'degraded' | 'down' | 'unknown') =>
    rows.reduce((total, row) => total + row[field], 0);
  const known = sum('up') + sum('degraded') + sum('down');
  return {
    name,
    kind,
    status: 'pass',
    uptime: (known - sum('down')) / known,
    unknown: sum('unknown') / rows.length,
    days: rows,
  };
}

export function limitsOf(keys: readonly Key[], now: number): LimitState[] {
  return keys
    .filter(({ status }) => status === 'active')
    .flatMap((key, i) =>
      key.limits.map((limit): LimitState => {
        const measure = 'requests' in limit ? 'requests' : 'cost' in limit ? 'cost' : 'tokens';
        const most = 'requests' in limit ? limit.requests : 'cost' in limit ? limit.cost : 1;
        const used = most * ((i % 5) / 5 + 0.1);
        return {
          scope: { kind: 'key', id: key.id, name: key.name },
          measure,
          limit: most,
          used,
          per: 'per' in limit ? limit.per : null,
          resetsAt: iso(now + 6 * 3_600_000),
          forecast: {
            atReset: used * 1.4,
            exhaustedAt: used * 1.4 > most ? iso(now + 3 * 3_600_000) : null,
          },
        };
      }),
    )
    .toSorted((a, b) => b.used / b.limit - a.used / a.limit);
}

export function auditOf(index: number, now: number): AuditEntry {
  const random = seeded(50 + index);
  return {
    sequence: 500 - index,
    at: iso(now - index * 1_900_000),
    actor: { kind: 'user', id: 'user_2', name: 'Operator' },
    address: '127.0.0.1',
    action: pick(
      [
        'POST /api/keys',
        'PATCH /api/models/{name}',
        'POST /api/targets/{id}/drain',
        'POST /api/session',
      ],
      random,
    ),
    subject: pick(['web', 'chat', 'openai/gpt-4.1-mini'], random),
    details: {},
    status: 200,
    requestId: `adm_${hex(12, random)}`,
    hash: hex(64, random),
  };
}

/** Numbers of the traffic at some moment: busier by day, with a little noise. */
export function trafficAt(
  at: number,
  stepMs: number,
): Omit<Overview['today'], never> & { at: string } {
  const random = seeded(Math.floor(at / stepMs));
  const hour = (at / 3_600_000) % 24;
  const busy = 0.4 + 0.6 * Math.max(0, Math.sin(((hour - 6) / 24) * 2 * Math.PI));
  const requests = Math.round((stepMs / 1000) * 0.6 * busy * (0.8 + random() * 0.4));
  return {
    at: iso(at),
    requests,
    failed: Math.round(requests * 0.01 * random()),
    refused: Math.round(requests * 0.02 * random()),
    abandoned: Math.round(requests * 0.01),
    inputTokens: requests * 1900,
    outputTokens: requests * 410,
    cost: Math.round(requests * 0.14) / 100,
    firstTokenP50Ms: Math.round(320 + random() * 90),
    firstTokenP95Ms: Math.round(900 + random() * 400),
  };
}
