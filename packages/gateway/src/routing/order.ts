import { hash } from 'node:crypto';
import type { TargetHealth } from '@vitalgate/health';
import type { Feature } from './features.ts';
import type { Route, Target } from './routes.ts';

/** What an order is made from: the state of things at one moment. */
export interface Circumstances {
  readonly health: ReadonlyMap<string, TargetHealth>;
  readonly random: () => number;
  /** The clock's milliseconds. */
  readonly now: number;
  /** What the request needs beside text. */
  readonly features?: readonly Feature[];
  /** Who asks, for routes that keep one caller to one target. */
  readonly caller?: string;
}

/**
 * The order in which targets are tried. Resting and drained ones are left out. A probing target
 * keeps its place, for the one request that is its trial; a ramping one keeps it for its share of
 * requests and stands behind the others for the rest. So does one whose limits are nearly spent, that
 * said it has no such model, or that fails at what is asked for: better tried than nothing. Targets of one priority stand together.
 */
export function inOrder(
  { routing, sticky, targets }: Pick<Route, 'routing' | 'sticky' | 'targets'>,
  at: Circumstances,
): Target[] {
  const usable = targets.filter((target) => shareOf(target, at) > 0);
  if (usable.length < 2) return usable;
  const arranged =
    sticky && at.caller !== undefined ? byCaller(usable, at.caller) : arrange(routing, usable, at);
  const ranks = new Map<Target, number>();
  let isLevel = true;
  for (const target of arranged) {
    const rank = (standsBehind(target, routing, at) ? BEHIND : 0) + target.priority;
    ranks.set(target, rank);
    isLevel &&= rank === ranks.get(arranged[0] as Target);
  }
  if (isLevel) return [...arranged];
  // Sorting is stable: within a rank the arrangement stays.
  return arranged.toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
}

/**
 * Resting targets that are asked when all usable ones have failed or are full, those that will be
 * back first at the front. Only below the floor: with most of its targets resting, a route would
 * send everything to the few that are left, and drown them too. With none left it is an outage,
 * which rests and trials deal with.
 */
export function lastResort<One extends Pick<Target, 'id'>>(
  targets: readonly One[],
  usable: number,
  floor: number,
  health: Circumstances['health'],
): One[] {
  if (!isBelowFloor(targets, usable, floor, health)) return [];
  const restUntil = ({ id }: One) => health.get(id)?.restUntil ?? 0;
  return targets
    .filter(({ id }) => health.get(id)?.state === 'resting')
    .sort((a, b) => restUntil(a) - restUntil(b));
}

/** Whether some targets are usable, but too few. What an operator drained was never counted on. */
export function isBelowFloor(
  targets: readonly Pick<Target, 'id'>[],
  usable: number,
  floor: number,
  health: Circumstances['health'],
): boolean {
  const counted = targets.filter(({ id }) => health.get(id)?.state !== 'drained').length;
  return usable > 0 && usable < counted * floor;
}

/** More than any configured priority. */
const BEHIND = 1000;

/** The part of its requests that a target may be sent, from 0: a probing one counts whole, for its trial. */
export function shareOf({ id }: Target, { health }: Pick<Circumstances, 'health'>): number {
  const known = health.get(id);
  return known === undefined || known.state === 'probing' ? 1 : known.share;
}

function standsBehind(target: Target, routing: Route['routing'], at: Circumstances): boolean {
  const { provider, model, load } = target;
  if (load.isRetired(at.now) || load.features.isDoubtful(at.features ?? [], at.now)) return true;
  if (provider.credentials.isNearlySpent(model, at.now)) return true;
  const share = shareOf(target, at);
  // A draw by weight has taken the share into account already.
  return routing !== 'weighted' && share < 1 && at.random() >= share;
}

function arrange(
  routing: Route['routing'],
  targets: readonly Target[],
  at: Circumstances,
): readonly Target[] {
  switch (routing) {
    case 'ordered':
      return targets;
    case 'weighted':
      return byLot(targets, at);
    case 'fastest':
      return bySpeed(targets, at);
    case 'cheapest':
      return targets.toSorted((a, b) => (a.price ?? Infinity) - (b.price ?? Infinity) || 0);
  }
}

/**
 * A draw without replacement: the first by weight, and so on among the rest (Efraimidis and
 * Spirakis, 2006: sort by u^(1/w)).
 */
function byLot(targets: readonly Target[], at: Circumstances): Target[] {
  const usual = usualOf(targets);
  return targets
    .map((target): [Target, number] => [
      target,
      Math.log(1 - at.random()) / (target.weight * shareOf(target, at) * pace(target, usual)),
    ])
    .sort((a, b) => b[1] - a[1])
    .map(([target]) => target);
}

/** What is usual among them, in milliseconds; undefined where none is so slow that it would matter. */
function usualOf(targets: readonly Target[]): number | undefined {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const { load } of targets) {
    if (load.latencyMs === undefined) continue;
    least = Math.min(least, load.latencyMs);
    most = Math.max(most, load.latencyMs);
  }
  if (most <= least * TOLERANCE) return undefined;
  return median(targets.flatMap(({ load: { latencyMs } }) => latencyMs ?? []));
}

/** Twice as slow as usual is still usual: models differ. */
const TOLERANCE = 2;
/** Even the slowest keeps this part of its weight, or nobody would see it become quick again. */
const LEAST_PACE = 0.1;

/** What slowness leaves of a target's weight: it is degraded, and keeps its place. */
function pace({ load: { latencyMs } }: Target, usualMs: number | undefined): number {
  if (latencyMs === undefined || usualMs === undefined) return 1;
  const allowed = usualMs * TOLERANCE;
  return latencyMs <= allowed ? 1 : Math.max(LEAST_PACE, allowed / latencyMs);
}

/** The lower median: of two, the quicker is what is usual. */
function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}

/**
 * One caller's own order, the same as long as the targets are (rendezvous hashing, Thaler and
 * Ravishankar, 1998): when one rests, only its own callers go elsewhere, and come back after.
 */
function byCaller(targets: readonly Target[], caller: string): Target[] {
  return targets
    .map((target): [Target, string] => [target, hash('sha256', `${caller} ${target.id}`)])
    .sort((a, b) => (a[1] < b[1] ? -1 : 1))
    .map(([target]) => target);
}

/**
 * The better of two drawn at random (Mitzenmacher, 2001, "The power of two choices"), then the
 * others by expected wait. Always taking the best of all would send every request of an instant to
 * the same target.
 */
function bySpeed(targets: readonly Target[], { random }: Circumstances): Target[] {
  const i = Math.floor(random() * targets.length);
  const j = (i + 1 + Math.floor(random() * (targets.length - 1))) % targets.length;
  const [one, other] = [targets[i] as Target, targets[j] as Target];
  const first = other.load.cost < one.load.cost ? other : one;
  const rest = targets.filter((target) => target !== first);
  return [first, ...rest.sort((a, b) => a.load.cost - b.load.cost)];
}
