/** Makes the report of one view out of all that is known. Pure. */
import {
  gravest,
  probes,
  readiness,
  type Answer,
  type Probe,
  type Snapshot,
  type Standing,
} from './aggregate.ts';
import type { CheckReport, Report, Service } from './report.ts';

/** Undefined when there is no probe, group or check of this name. */
export function compose(view: string, snapshot: Snapshot, service: Service): Report | undefined {
  const { phase, at, checks } = snapshot;
  const probe = probes.find((name) => name === view);
  const members = checks.filter((one) => isIn(view, probe, one));
  if (members.length === 0 && view !== 'health' && probe === undefined) return undefined;
  return {
    id: `${service.startedAt.toString(36)}.${snapshot.edition.toString(36)}.${view}`,
    service,
    view,
    probe,
    phase,
    ...answerTo(view, probe, snapshot, members),
    at,
    freshUntil: freshUntil(members, at),
    checks: members.map(told),
  };
}

function isIn(view: string, probe: Probe | undefined, { probes, state }: Standing): boolean {
  if (probe !== undefined) return probes.includes(probe);
  return view === 'health' || view === state.check.name || state.check.groups.includes(view);
}

function answerTo(
  view: string,
  probe: Probe | undefined,
  snapshot: Snapshot,
  members: readonly Standing[],
): Answer {
  if (probe !== undefined) return snapshot.probes[probe];
  // A group is as well as its checks, whatever phase the process is in.
  if (view !== 'health') return readiness(members, 'ready');
  return gravest([snapshot.probes.liveness, snapshot.probes.readiness]);
}

/** The soonest that a reading can bring something new. */
function freshUntil(members: readonly Standing[], at: number): number {
  const next = members.flatMap(({ state: { reading, intervalMs, check } }) =>
    reading === undefined ? [] : [reading.wall + intervalMs * (1 - check.schedule.jitter)],
  );
  return next.length === members.length && next.length > 0 ? Math.min(...next) : at;
}

function told({ state, status, reason, probes, impairedBy }: Standing): CheckReport {
  const { check, since, reading } = state;
  const { name, scope, onFail, groups, componentType, affects, runbook } = check;
  return {
    name,
    status,
    reason,
    scope,
    onFail,
    probes,
    groups,
    componentType,
    since,
    reading: reading && { at: reading.wall, durationMs: reading.durationMs, level: reading.level },
    measured: reading?.measured ?? [],
    impairedBy,
    affects,
    runbook,
    detail: reading?.detail,
  };
}
