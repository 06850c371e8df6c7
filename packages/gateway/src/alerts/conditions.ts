import type { AlertRuleConfig } from '@vitalgate/contract';
import { limitStates } from '../admin/limits.ts';
import { quantile } from '../admin/quantile.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { searchIncidents } from '../store/incidents.ts';
import { errorRatio, firstTimes, sumUsage } from '../store/usage.ts';

/** Something that a rule says somebody is to be told of, as long as it is so. */
export interface Condition {
  readonly rule: string;
  readonly subject: string;
  readonly message: string;
  readonly severity: 'warning' | 'critical';
  /** Told with this one, and not by itself. */
  readonly effects: readonly string[];
}

interface Trouble {
  readonly cause: string;
  readonly reason: string;
  readonly severity: 'degraded' | 'down';
  readonly routes: readonly string[];
  readonly startedAt: number;
  readonly endedAt: number | undefined;
}

const MOST_INCIDENTS = 500;
const MOST_TIMES = 2000;

type Rule<Kind extends AlertRuleConfig['kind']> = Extract<AlertRuleConfig, { kind: Kind }>;

/** Everything that is to be told now: of one trouble its cause, with its effects beside it. */
export async function conditionsOf(running: Running, store: Store): Promise<Condition[]> {
  const { config, clock } = running;
  const { alertRules: rules } = config;
  const longest = Math.max(0, ...rules.map((rule) => ('window' in rule ? rule.window : 0)));
  const now = clock.wall();
  const troubles = await troublesSince(store, now - longest);

  const measured: { condition: Condition; model: string; window: number }[] = [];
  for (const rule of rules) {
    if (rule.kind !== 'error_ratio' && rule.kind !== 'latency') continue;
    const window = rule.window;
    const found =
      rule.kind === 'error_ratio'
        ? await errorRatios(rule, store, now)
        : await latencies(rule, running, store, now);
    for (const condition of found) measured.push({ condition, model: condition.subject, window });
  }

  const effectsOf = new Map<Trouble, string[]>();
  const own: Condition[] = [];
  const isTold = (trouble: Trouble) =>
    rules.some((rule) => rule.kind === 'verdict' && fits(rule, trouble, config.models));
  for (const { condition, model, window } of measured) {
    const cause = troubles.find(
      (one) =>
        one.routes.includes(model) &&
        (one.endedAt === undefined || one.endedAt > now - window) &&
        isTold(one),
    );
    if (cause === undefined) own.push(condition);
    else effectsOf.set(cause, [...(effectsOf.get(cause) ?? []), `${condition.rule}: ${model}`]);
  }

  const verdicts = troubles.flatMap((trouble) =>
    trouble.endedAt !== undefined
      ? []
      : rules.flatMap((rule) =>
          rule.kind === 'verdict' && fits(rule, trouble, config.models)
            ? [verdict(rule, trouble, effectsOf.get(trouble) ?? [])]
            : [],
        ),
  );
  const budgets = rules.flatMap((rule) => (rule.kind === 'budget' ? spent(rule, running) : []));
  return [...verdicts, ...own, ...budgets];
}

async function troublesSince(store: Store, since: number): Promise<Trouble[]> {
  const rows = await searchIncidents(store, { since, limit: MOST_INCIDENTS });
  return rows.map((row) => ({
    cause: row.cause,
    reason: row.reason,
    severity: row.severity === 'down' ? 'down' : 'degraded',
    routes: JSON.parse(row.routes) as string[],
    startedAt: row.started_at,
    endedAt: row.ended_at ?? undefined,
  }));
}

function fits(
  { on, models, apis }: Rule<'verdict'>,
  { severity, routes }: Trouble,
  configured: readonly { readonly name: string }[],
): boolean {
  if (on === 'down' && severity !== 'down') return false;
  if (models === undefined && apis === undefined) return true;
  return routes.some((route) => {
    const isModel = configured.some(({ name }) => name === route);
    return (isModel ? models : apis)?.includes(route) === true;
  });
}

function verdict(
  { name }: Rule<'verdict'>,
  { cause, reason, severity, routes }: Trouble,
  effects: readonly string[],
): Condition {
  return {
    rule: name,
    subject: cause,
    message: `${routes.join(', ')} ${routes.length === 1 ? 'is' : 'are'} ${severity}: ${cause}, ${reason}`,
    severity: severity === 'down' ? 'critical' : 'warning',
    effects,
  };
}

async function errorRatios(
  { name, above, window, atLeast, models }: Rule<'error_ratio'>,
  store: Store,
  now: number,
): Promise<Condition[]> {
  const sums = await sumUsage(store.reports, { since: now - window, until: now + 1 }, 'model');
  return sums.flatMap((sum) => {
    const { group: model, requests, refused } = sum;
    const letIn = requests - refused;
    if (models?.includes(model) === false || letIn < atLeast) return [];
    const ratio = errorRatio(sum);
    if (ratio <= above) return [];
    const message = `${model}: ${percent(ratio)} of ${letIn} requests failed in ${minutes(window)} (above ${percent(above)})`;
    return [{ rule: name, subject: model, message, severity: 'critical', effects: [] }];
  });
}

async function latencies(
  { name, above, quantile: part, window, atLeast, models }: Rule<'latency'>,
  running: Running,
  store: Store,
  now: number,
): Promise<Condition[]> {
  const found: Condition[] = [];
  for (const model of models ?? running.config.models.map((one) => one.name)) {
    const filter = { since: now - window, until: now + 1, model };
    const rows = await firstTimes(store.reports, filter, MOST_TIMES);
    if (rows.length < atLeast) continue;
    const times = rows.map(({ first_ms: ms }) => ms ?? 0).toSorted((a, b) => a - b);
    const measured = quantile(times, part) ?? 0;
    if (measured <= above) continue;
    const message = `${model}: first byte after ${Math.round(measured)} ms at the ${percent(part)} quantile in ${minutes(window)} (above ${above} ms)`;
    found.push({ rule: name, subject: model, message, severity: 'warning', effects: [] });
  }
  return found;
}

function spent({ name, above }: Rule<'budget'>, running: Running): Condition[] {
  return limitStates(running, undefined).flatMap(({ scope, measure, per, used, limit }) => {
    const ratio = limit === 0 ? 0 : used / limit;
    if (measure !== 'cost' || ratio < above) return [];
    const whose = scope.kind === 'gateway' ? scope.name : `${scope.kind} ${scope.name}`;
    const subject = `${whose}, ${limit} USD per ${per ?? 'call'}`;
    const message = `${subject}: ${percent(ratio)} are spent`;
    return [
      { rule: name, subject, message, severity: ratio >= 1 ? 'critical' : 'warning', effects: [] },
    ];
  });
}

const percent = (share: number) => `${Number((share * 100).toFixed(1))} %`;
const minutes = (ms: number) =>
  ms < 60_000 ? `${ms / 1000} s` : `${Number((ms / 60_000).toFixed(1))} min`;
