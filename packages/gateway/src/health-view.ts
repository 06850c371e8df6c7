import type { Status, TargetHealth } from '@vitalgate/health';
import { isBelowFloor } from './routing/order.ts';
import type { Api, ApiTarget } from './apis/api.ts';
import type { Route, Target } from './routing/routes.ts';
import type { Running } from './running.ts';

/** How well the gateway and its models are, read from snapshots alone. */
export interface HealthView {
  readonly status: Status;
  /** Whether requests should be sent here. */
  readonly isReady: boolean;
  /** Public codes; empty when all is well. */
  readonly reasons: readonly string[];
  readonly uptimeSeconds: number;
  readonly models: ReadonlyMap<string, ModelHealth>;
  readonly apis: ReadonlyMap<string, ModelHealth>;
}

export interface ModelHealth {
  readonly status: Status;
  readonly critical: boolean;
  /** Wall-clock milliseconds of the newest change among its targets. */
  readonly since: number;
  readonly reason: string | undefined;
}

/**
 * Ready means: there is a way for every route marked critical, or, where none is marked, for at
 * least one. What is not needed to serve can degrade the view and never make it unhealthy.
 */
export function viewHealth(running: Running): HealthView {
  const { lifecycle, clock, routes, apis: configured } = running;
  const models = new Map<string, ModelHealth>();
  for (const route of routes.values()) models.set(route.name, modelHealth(route, running));
  const apis = new Map<string, ModelHealth>();
  for (const api of configured.values()) apis.set(api.name, modelHealth(api, running));

  const all = [...models.values(), ...apis.values()];
  const critical = all.filter((model) => model.critical);
  const needed = critical.length > 0 ? critical : all;
  const hasWay =
    critical.length > 0
      ? critical.every(({ status }) => status !== 'fail')
      : all.length === 0 || all.some(({ status }) => status !== 'fail');

  const reasons: string[] = [];
  if (lifecycle.phase !== 'serving') reasons.push(lifecycle.phase);
  if (!hasWay) reasons.push('no_healthy_target');
  else if (all.some(({ status }) => status === 'fail' || status === 'warn')) {
    reasons.push('targets_impaired');
  }
  if (needed.length > 0 && needed.every(({ status }) => status === 'unknown')) {
    reasons.push('targets_unknown');
  }
  if (lifecycle.configProblem !== undefined) reasons.push('config_not_applied');
  if (running.config.providers.some(({ name }) => running.localModels.isDown(name))) {
    reasons.push('local_model_down');
  }
  if (running.peers.problem !== undefined) reasons.push('shared_unreachable');
  if (running.storeWatch.problem !== undefined) reasons.push('store_unreachable');
  if (running.journal.isFull) reasons.push('ledger_full');
  else if (running.journal.report.problem !== undefined) reasons.push('ledger_waiting');

  const isReady = lifecycle.phase === 'serving' && hasWay;
  const status: Status = !isReady ? 'fail' : reasons.length > 0 ? 'warn' : 'pass';
  const uptimeSeconds = (clock.now() - lifecycle.startedAt) / 1000;
  return { status, isReady, reasons, uptimeSeconds, models, apis };
}

/** What is looked at as a whole: a model with its targets, or an API with its upstreams. */
export type Watched = Route | Api;

/** Well when all its targets are, impaired when some are not, and failed without any. */
export function modelHealth(route: Watched, running: Running): ModelHealth {
  const health = running.tracker.snapshot();
  const now = running.clock.now();
  const { critical } = route;
  let since = 0;
  let usable = 0;
  let impaired = 0;
  let known = 0;
  let reason: string | undefined;
  for (const target of route.targets) {
    const one = health.get(target.id);
    if (one === undefined) continue;
    since = Math.max(since, one.since);
    const blocked = blockedAt(target, now, running);
    if (blocked !== undefined && CLOSED.has(blocked.reason)) {
      reason ??= blocked.reason;
    } else if (isClosed(one)) {
      reason ??= one.reason;
    } else {
      usable += 1;
      // A spent quota fills again: callers are told when, and no orchestrator can do better.
      if (blocked !== undefined) reason ??= blocked.reason;
      const hasSickPaths = pathsImpaired(target).length > 0;
      if (hasSickPaths) reason ??= 'paths_impaired';
      if (one.status === 'fail') reason ??= one.reason;
      const isImpaired = one.status === 'warn' || one.status === 'fail';
      if (isImpaired || blocked !== undefined || hasSickPaths) impaired += 1;
      if (one.status !== 'unknown') known += 1;
    }
  }
  if (usable === 0)
    return { status: 'fail', critical, since, reason: reason ?? 'no_healthy_target' };
  if (isBelowFloor(route.targets, usable, running.config.health.floor, health))
    return { status: 'warn', critical, since, reason: 'below_floor' };
  if (usable < route.targets.length || impaired > 0)
    return { status: 'warn', critical, since, reason };
  return { status: known > 0 ? 'pass' : 'unknown', critical, since, reason: undefined };
}

/** Until somebody mends it, or it has been started again. */
const CLOSED: ReadonlySet<string> = new Set(['credentials_refused', 'local_model_down']);

/** Why a target cannot be asked, beside what is known of its answers; nothing for upstreams of APIs. */
function blockedAt(
  target: Target | ApiTarget,
  now: number,
  { localModels }: Running,
): { readonly reason: string } | undefined {
  if (!('credentials' in target.provider)) return undefined;
  const { name, credentials } = target.provider;
  return localModels.isDown(name)
    ? { reason: 'local_model_down' }
    : credentials.blocked(target.model, now);
}

/** Paths of an upstream that its health document says do not work. */
export function pathsImpaired({ load }: Target | ApiTarget): readonly string[] {
  return 'impaired' in load ? load.impaired : [];
}

/**
 * Nothing is sent there. After its rest a target waits for a request to try it: a gateway that called
 * itself unready until then would be sent none.
 */
function isClosed({ state, status }: TargetHealth): boolean {
  return state === 'resting' || state === 'drained' || (status === 'fail' && state !== 'probing');
}
