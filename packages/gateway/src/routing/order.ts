import type { TargetHealth } from '@vitalgate/health';
import type { Route, Target } from './routes.ts';

/** A target of whose limits less than this is left stands behind those with more. */
const NEARLY_SPENT = 0.01;

/** What an order is made from: the state of things at one moment. */
export interface Circumstances {
  readonly health: ReadonlyMap<string, TargetHealth>;
  readonly random: () => number;
  /** The clock's milliseconds. */
  readonly now: number;
}

/**
 * The order in which targets are tried. Resting and drained ones are left out. A probing target
 * keeps its place, for the one request that is its trial; a ramping one keeps it for its share of
 * requests and stands behind the others for the rest. So does one whose limits are nearly spent, or
 * that said it has no such model: better tried than nothing.
 */
export function inOrder(
  { routing, targets }: Pick<Route, 'routing' | 'targets'>,
  at: Circumstances,
): Target[] {
  const usable = targets.filter((target) => shareOf(target, at) > 0);
  if (usable.length < 2) return usable;
  const ordered = arrange(routing, usable, at);
  const inPlace: Target[] = [];
  const behind: Target[] = [];
  for (const target of ordered) (standsBehind(target, routing, at) ? behind : inPlace).push(target);
  return behind.length === 0 ? inPlace : [...inPlace, ...behind];
}

function shareOf({ id }: Target, { health }: Circumstances): number {
  const known = health.get(id);
  return known === undefined || known.state === 'probing' ? 1 : known.share;
}

function standsBehind(target: Target, routing: Route['routing'], at: Circumstances): boolean {
  const { provider, model, load } = target;
  if (load.isRetired(at.now) || provider.credentials.left(model, at.now) < NEARLY_SPENT)
    return true;
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
  return targets
    .map((target): [Target, number] => [
      target,
      Math.log(1 - at.random()) / (target.weight * shareOf(target, at)),
    ])
    .sort((a, b) => b[1] - a[1])
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
