import type { Status } from '@vitalgate/health';
import { modelHealth, pathsImpaired, type Watched } from '../health-view.ts';
import type { Running } from '../running.ts';
import type { SubjectKind } from '../store/verdicts.ts';
import type { Cause, Ill } from './troubles.ts';

/** How well one model, API or target is. */
export interface Verdict {
  readonly kind: SubjectKind;
  readonly name: string;
  readonly status: Status;
  readonly reason: string | null;
}

export interface Verdicts {
  readonly all: readonly Verdict[];
  /** Since when is for whoever watches to say. */
  readonly ill: readonly (Omit<Ill, 'since'> & { readonly kind: 'model' | 'api' })[];
  /** Providers and APIs of which some route does not know how they are. */
  readonly unknown: ReadonlySet<string>;
}

/** How everything is now, read from the snapshot alone. */
export function verdictsOf(running: Running): Verdicts {
  const all: Verdict[] = [];
  const ill: Verdicts['ill'][number][] = [];
  const unknown = new Set<string>();
  const targets = new Set<string>();
  const look = (kind: 'model' | 'api', route: Watched) => {
    const { status, reason } = modelHealth(route, running);
    all.push({ kind, name: route.name, status, reason: reason ?? null });
    for (const { id } of route.targets) targets.add(id);
    if (status === 'unknown') for (const { provider } of route.targets) unknown.add(provider.name);
    if (status !== 'fail' && status !== 'warn') return;
    const isDown = status === 'fail';
    const causes = causesOf(route, running, isDown);
    if (causes.length > 0) ill.push({ kind, route: route.name, isDown, causes });
  };
  for (const route of running.routes.values()) look('model', route);
  for (const api of running.apis.values()) look('api', api);
  const snapshot = running.tracker.snapshot();
  for (const id of targets) {
    const one = snapshot.get(id);
    if (one === undefined) continue;
    all.push({ kind: 'target', name: id, status: one.status, reason: one.reason ?? null });
  }
  return { all, ill, unknown };
}

/** The targets that make a route ill. What an operator has taken out is no trouble while others serve. */
function causesOf(route: Watched, running: Running, isDown: boolean): Cause[] {
  const snapshot = running.tracker.snapshot();
  const now = running.clock.now();
  return route.targets.flatMap((target) => {
    const { id, provider } = target;
    const one = snapshot.get(id);
    if (one === undefined) return [];
    const blocked =
      'credentials' in target.provider
        ? target.provider.credentials.blocked(target.model, now)?.reason
        : undefined;
    const isOut = one.state === 'drained' || one.state === 'resting';
    const isIll =
      one.status === 'fail' || one.status === 'warn' || pathsImpaired(target).length > 0;
    if (blocked === undefined && !isOut && !isIll) return [];
    const reason = blocked ?? one.reason ?? (isIll && !isOut ? 'paths_impaired' : one.state);
    if (!isDown && reason.startsWith('operator_')) return [];
    return [{ group: provider.name, target: id, reason }];
  });
}
