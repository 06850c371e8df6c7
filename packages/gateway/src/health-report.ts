import type { CheckReport, Level, Report } from '@vitalgate/health';
import { formats } from '@vitalgate/health/report/formats';
import type { Details, Format } from '@vitalgate/health/serve/format';
import { modelHealth, viewHealth, type ModelHealth, type Watched } from './health-view.ts';
import type { Running } from './running.ts';
import { version } from './version.ts';

type ProbeName = 'health' | 'live' | 'ready' | 'started';

/** Which parts somebody may see. */
export interface Audience {
  readonly everything: boolean;
  readonly details: Details;
  model(name: string): boolean;
  api(name: string): boolean;
}

const VERSION = version();
const INSTANCE = `${process.pid}`;

/** The gateway as a report of the health library, which every format of it can tell. */
export function reportOf(probe: ProbeName, running: Running, sees: Audience): Report {
  const view = viewHealth(running);
  const common = commonOf(running);
  if (probe === 'live') {
    return {
      ...common,
      view: 'liveness',
      probe: 'liveness',
      status: 'pass',
      reasons: [],
      checks: [],
    };
  }
  if (probe === 'started') {
    const isStarting = view.reasons.includes('starting');
    const status: Level = isStarting ? 'fail' : 'pass';
    const reasons = isStarting ? ['starting'] : [];
    return { ...common, view: 'startup', probe: 'startup', status, reasons, checks: [] };
  }
  const status: Level = view.status === 'unknown' ? 'warn' : view.status;
  const seen = [
    ...[...view.models].filter(([name]) => sees.model(name)),
    ...[...view.apis].filter(([name]) => sees.api(name)),
  ];
  const checks = seen.map(([name, one]) => modelCheck(name, one, running));
  return {
    ...common,
    view: probe === 'ready' ? 'readiness' : 'health',
    probe: probe === 'ready' ? 'readiness' : undefined,
    status,
    reasons: view.reasons,
    checks: sees.everything ? [...checks, ...targetChecks(running, undefined)] : checks,
  };
}

/** One model or API, with its targets for whoever sees everything. */
export function modelReport(
  section: 'models' | 'apis',
  route: Watched,
  running: Running,
  sees: Audience,
): Report {
  const model = modelHealth(route, running);
  const status: Level = model.status === 'unknown' ? 'warn' : model.status;
  return {
    ...commonOf(running),
    view: `${section}/${route.name}`,
    probe: undefined,
    status,
    reasons: model.reason === undefined ? [] : [model.reason],
    checks: sees.everything ? targetChecks(running, route) : [],
  };
}

function commonOf({
  lifecycle,
  clock,
}: Running): Omit<Report, 'view' | 'probe' | 'status' | 'reasons' | 'checks'> {
  const wall = clock.wall();
  const { phase } = lifecycle;
  return {
    id: '',
    service: {
      name: 'vitalgate',
      version: VERSION,
      releaseId: undefined,
      description: undefined,
      instance: INSTANCE,
      startedAt: wall - (clock.now() - lifecycle.startedAt),
    },
    phase: phase === 'serving' ? 'ready' : phase,
    at: wall,
    freshUntil: wall,
  };
}

const plain = {
  probes: ['readiness'],
  groups: [],
  reading: undefined,
  measured: [],
  impairedBy: [],
  affects: [],
  runbook: {},
  detail: undefined,
} as const;

function modelCheck(name: string, model: ModelHealth, running: Running): CheckReport {
  const { status, reason, critical, since } = model;
  return {
    ...plain,
    name,
    status,
    reason: status === 'pass' ? undefined : (reason ?? 'unknown'),
    scope: 'shared',
    onFail: critical ? 'fail' : 'warn',
    componentType: 'component',
    since: wallOf(since, running),
    impairedBy: [],
  };
}

/** Targets by their state: of one route, or all there are. */
function targetChecks(running: Running, route: Watched | undefined): CheckReport[] {
  const all = running.tracker.snapshot();
  const ids = route === undefined ? [...all.keys()] : route.targets.map(({ id }) => id);
  return ids.flatMap((id) => {
    const target = all.get(id);
    if (target === undefined) return [];
    const { status, reason, state, share, since } = target;
    const affects = affectedAt(id, running);
    return [
      {
        ...plain,
        name: id,
        status: state === 'resting' ? 'fail' : affects.length > 0 ? 'warn' : status,
        reason:
          affects.length > 0
            ? 'paths_impaired'
            : status === 'pass' && state === 'serving'
              ? undefined
              : (reason ?? state),
        affects,
        scope: 'shared',
        // Another target can serve what this one cannot.
        onFail: 'warn',
        componentType: 'system',
        since: wallOf(since, running),
        measured: [
          { name: 'state', value: state },
          { name: 'share', value: share * 100, unit: 'percent' },
        ],
      } satisfies CheckReport,
    ];
  });
}

/** Paths of an API's upstream that do not work, by its own word. */
function affectedAt(id: string, { apis }: Running): readonly string[] {
  for (const { targets } of apis.values()) {
    const target = targets.find((one) => one.id === id);
    if (target !== undefined) return target.load.impaired;
  }
  return [];
}

/** Wall-clock milliseconds of a moment on the monotonic clock; the start where nothing changed yet. */
function wallOf(at: number, { clock, lifecycle }: Running): number {
  const then = at > 0 ? at : lifecycle.startedAt;
  return clock.wall() - (clock.now() - then);
}

const words = { pass: 'healthy', warn: 'degraded', fail: 'unhealthy', unknown: 'unknown' } as const;

/** The gateway's own form: `status`, `uptime`, and what stands in the way. */
const json: Format = {
  name: 'json',
  types: ['application/json'],
  write({ status, service, reasons, checks, view }, _details, now) {
    const uptime = Math.floor((now - service.startedAt) / 1000);
    const [reason] = reasons;
    const body = {
      status: words[status],
      uptime,
      ...(reason === undefined ? {} : { reason, reasons }),
      ...(checks.length === 0 || view === 'startup'
        ? {}
        : { dependencies: Object.fromEntries(checks.map((one) => [one.name, words[one.status]])) }),
    };
    return { body: `${JSON.stringify(body)}\n` };
  },
};

/** Every form the gateway's health is told in; the first is the default. */
export const healthFormats: readonly Format[] = [
  json,
  ...formats.filter(({ name }) => name !== 'json'),
];
