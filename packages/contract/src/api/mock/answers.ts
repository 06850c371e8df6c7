import type { Answer, EndpointKey } from '../endpoints.ts';
import type { Receipt, UsageRow } from '../requests.ts';
import { overviewOf } from './now.ts';
import { found, placeOf, type Asked } from './asked.ts';
import { captureOf } from './captures.ts';
import { tryGuardrails } from './guardrails.ts';
import { createCaches, prompts } from './prompts.ts';
import type { MockState } from './state.ts';
import { ARRIVALS, auditOf, limitsOf, trafficAt, uptimeOf } from './world.ts';

export type Answers = {
  readonly [Key in EndpointKey]?: (asked: Asked<Key>) => Answer<Key>;
};

const WINDOWS = {
  '15m': [15_000, 60],
  '1h': [60_000, 60],
  '6h': [300_000, 72],
  '24h': [900_000, 96],
  '7d': [3_600_000, 168],
  '30d': [14_400_000, 180],
} as const;

/** What only looks. Endpoints that are in neither list are answered by their schema. */
export function readingAnswers(state: MockState): Answers {
  const { now } = state;
  const mine = () =>
    state.session?.role === 'member' ? new Set(state.session.teams.map(({ id }) => id)) : undefined;
  const ofTeam = (team: string | null) => mine()?.has(team ?? '') ?? true;
  const keys = () => state.keys.filter(({ team }) => ofTeam(team));

  const receiptOf = (id: string) => {
    const [, digits = ''] = /^req_([0-9a-z]{6})/.exec(id) ?? [];
    const index = Number.parseInt(digits, 36) - ARRIVALS;
    const isOne = index >= -state.arrived && index < state.requests;
    return found(isOne ? [state.receipt(index)] : [], id);
  };

  return {
    'GET /api/setup': () => ({ needed: state.isNew, passkeys: false, oidc: null }),
    'GET /api/session': () => state.session as Answer<'GET /api/session'>,
    'GET /api/overview': () => overviewOf(state),
    'GET /api/traffic': ({ query }) => {
      const [stepMs, steps] = WINDOWS[query.window];
      const newest = now() - (now() % stepMs);
      const points = Array.from({ length: steps }, (_, i) =>
        trafficAt(newest - (steps - 1 - i) * stepMs, stepMs),
      );
      return { stepMs, points };
    },
    'GET /api/targets': () => ({ items: state.targets }),
    'GET /api/targets/{id}': ({ params }) => {
      const target = found(state.targets, params['id']);
      const isWell = target.state === 'serving';
      return {
        target,
        rule: isWell ? 'new' : 'streak',
        words: isWell
          ? 'Serving since it was registered.'
          : 'Rested after 3 failures in a row (3 are enough).',
        basis: { streak: isWell ? 0 : 3, sample: 120, ratio: isWell ? 0 : 0.03 },
        evidence: [
          {
            source: 'traffic',
            successes: 1180,
            failures: 4,
            streak: isWell ? 0 : 3,
            lastSuccessAgoMs: 900,
          },
          { source: 'probe', successes: 88, failures: 0, streak: 0, lastSuccessAgoMs: 4100 },
        ],
        window: { ms: 30_000, sample: 120, failureRatio: isWell ? 0 : 0.03 },
        failures: [0, 1, 2].map((i) => ({
          at: new Date(now() - i * 700 - 10_000).toISOString(),
          source: 'traffic',
          fault: 'provider',
          reason: 'http_529',
          counted: true,
        })),
      };
    },
    'GET /api/targets/{id}/history': ({ params }) => {
      const { id } = found(state.targets, params['id']);
      const steps = ['serving', 'ramping', 'probing', 'resting', 'serving'] as const;
      return {
        items: steps.slice(0, -1).map((to, i) => ({
          target: id,
          from: steps[i + 1] ?? 'serving',
          to,
          reason: to === 'resting' ? 'http_529' : 'rest_over',
          at: new Date(now() - 3_600_000 - i * 9000).toISOString(),
        })),
      };
    },
    'GET /api/providers': () => ({ items: state.providers }),
    'GET /api/providers/{name}': ({ params }) => found(state.providers, params['name']),
    'GET /api/models': () => ({ items: state.models }),
    'GET /api/models/{name}': ({ params }) => found(state.models, params['name']),
    'GET /api/apis': () => ({ items: state.apis }),
    'GET /api/apis/{name}': ({ params }) => found(state.apis, params['name']),
    'GET /api/keys': ({ query }) => {
      const { team, status, q } = query;
      const shown = keys().filter(
        (key) =>
          (team === undefined || key.team === team) &&
          (status === undefined || key.status === status) &&
          (q === undefined || key.name.includes(q)),
      );
      return paged(shown, query);
    },
    'GET /api/keys/{id}': ({ params }) => found(keys(), params['id']),
    'GET /api/teams': ({ query }) =>
      paged(
        state.teams.filter(({ id }) => ofTeam(id)),
        query,
      ),
    'GET /api/teams/{id}': ({ params }) =>
      found(
        state.teams.filter(({ id }) => ofTeam(id)),
        params['id'],
      ),
    'GET /api/teams/{id}/members': ({ params }) => {
      const { id } = found(state.teams, params['id']);
      return { items: state.users.filter(({ teams }) => teams.includes(id)) };
    },
    'GET /api/users': ({ query }) => paged(state.users, query),
    'GET /api/users/{id}': ({ params }) => found(state.users, params['id']),
    'GET /api/limits': ({ query }) => paged(limitsOf(keys(), now()), query),
    'GET /api/prompts': () => ({ items: prompts }),
    'GET /api/caches': createCaches,
    'GET /api/guardrails': () => ({ items: state.guardrails }),
    'GET /api/guardrails/{name}': ({ params }) => found(state.guardrails, params['name']),
    'POST /api/guardrails/try': ({ body }) => tryGuardrails(state.guardrails, body),
    'GET /api/requests': ({ query }) => {
      const { key, team, model, target, outcome, status, q } = query;
      const fits = (one: Receipt) =>
        ofTeam(one.team) &&
        (key === undefined || one.key?.id === key) &&
        (team === undefined || one.team === team) &&
        (model === undefined || one.model === model) &&
        (target === undefined || one.target === target) &&
        (outcome === undefined || one.outcome === outcome) &&
        (status === undefined || one.status === status) &&
        (q === undefined || one.id.includes(q) || one.model.includes(q));
      const items: Receipt[] = [];
      let index = placeOf(query.cursor, -state.arrived);
      for (; index < state.requests && items.length < query.limit; index += 1) {
        const one = state.receipt(index);
        if (fits(one)) items.push(one);
      }
      return { items, next: index < state.requests ? String(index) : null };
    },
    'GET /api/requests/{id}': ({ params }) => receiptOf(params['id'] ?? ''),
    'GET /api/requests/{id}/capture': ({ params }) => captureOf(receiptOf(params['id'] ?? '')),
    'GET /api/usage': ({ query }) => {
      const names = {
        key: keys(),
        team: state.teams,
        owner: keys().flatMap(({ owner }) => (owner === null ? [] : [{ id: owner, name: owner }])),
        model: state.models,
        target: state.targets,
      };
      const until = query.until === undefined ? now() : Date.parse(query.until);
      const days = query.by === 'hour' ? 1 : 30;
      const since = query.since === undefined ? until - days * DAY_MS : Date.parse(query.since);
      const groups =
        query.by === 'day' || query.by === 'hour'
          ? steps(since, until, query.by)
          : names[query.by].map((one) => ('name' in one ? one.name : one.id));
      const rows = groups.map((group, i) => usageRow(group, 900 + ((i * 397) % 1100)));
      const total = usageRow(
        '',
        rows.reduce((sum, { requests }) => sum + requests, 0),
      );
      return {
        rows,
        total,
        since: new Date(since).toISOString(),
        until: new Date(until).toISOString(),
      };
    },
    'GET /api/usage.csv': () => 'group,requests,cost\nweb,1200,3.5\n',
    'GET /api/health/uptime': ({ query }) => {
      const names = { model: state.models, api: state.apis, target: state.targets }[query.kind];
      return {
        items: names.map((one) => {
          const name = 'name' in one ? one.name : one.id;
          return uptimeOf(name, query.kind, query.days, now());
        }),
      };
    },
    'GET /api/incidents': ({ query }) =>
      paged(
        state.incidents.filter(
          ({ endedAt }) => query.open === undefined || (endedAt === null) === query.open,
        ),
        query,
      ),
    'GET /api/incidents/{id}': ({ params }) => found(state.incidents, params['id']),
    'GET /api/status-page': () => ({
      enabled: true,
      title: 'Status',
      routes: null,
      url: 'http://127.0.0.1:8080/status',
      managedBy: 'console',
      version: 's1',
    }),
    'GET /api/configuration': () => ({
      ...state.configuration,
      version: String(state.configuration.number),
      file: { path: 'vitalgate.yaml', text: 'version: 1\nproviders:\n  - name: openai\n' },
      problem: null,
      waits: [],
    }),
    'GET /api/configuration/schema': () => ({ type: 'object' }),
    'POST /api/configuration/validate': ({ body }) => ({
      mistakes: body.text.includes('\t')
        ? [{ line: 1, column: 1, message: 'found a tab, expected spaces' }]
        : [],
      differences:
        body.text === state.configuration.text
          ? []
          : [{ path: 'providers.local', kind: 'changed', before: '…', after: '…' }],
    }),
    'GET /api/audit': ({ query }) => {
      const from = placeOf(query.cursor, 0);
      const items = Array.from({ length: query.limit }, (_, i) => auditOf(from + i, now()));
      return { items, next: from + query.limit < 500 ? String(from + query.limit) : null };
    },
    'GET /api/audit/verify': () => ({ ok: true, entries: 500, brokenAt: null, head: 'c0ffee' }),
  };
}

/** One page. */
export function paged<Item>(
  items: readonly Item[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): { items: Item[]; next: string | null } {
  const from = placeOf(cursor, 0);
  const next = from + limit < items.length ? String(from + limit) : null;
  return { items: items.slice(from, from + limit), next };
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** No page asks for more. */
const MOST_STEPS = 400;

/** The days or hours of a span, as the gateway names them. */
function steps(since: number, until: number, by: 'day' | 'hour'): string[] {
  const stepMs = by === 'day' ? DAY_MS : HOUR_MS;
  const first = Math.floor(since / stepMs);
  const length = Math.min(MOST_STEPS, Math.max(0, Math.floor(until / stepMs) - first + 1));
  return Array.from({ length }, (_, i) => {
    const at = new Date((first + i) * stepMs).toISOString();
    return by === 'day' ? at.slice(0, 10) : at;
  });
}

const usageRow = (name: string, requests: number): UsageRow => ({
  group: name,
  name,
  requests,
  failed: Math.round(requests * 0.012),
  refused: Math.round(requests * 0.02),
  inputTokens: requests * 1900,
  cachedTokens: requests * 600,
  outputTokens: requests * 410,
  reasoningTokens: requests * 30,
  cost: Math.round(requests * 0.14) / 100,
  unpriced: 0,
});
