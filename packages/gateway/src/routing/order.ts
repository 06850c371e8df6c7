import type { TargetHealth } from '@vitalgate/health';
import type { Route, Target } from './routes.ts';

/**
 * The order in which targets are tried. Resting and drained ones are left out. A probing target
 * keeps its place, for the one request that is its trial; a ramping one keeps it for its share of
 * requests and stands behind the others for the rest.
 */
export function inOrder(
  route: Pick<Route, 'routing' | 'targets'>,
  health: ReadonlyMap<string, TargetHealth>,
  random: () => number,
): Target[] {
  const share = ({ id }: Target): number => {
    const known = health.get(id);
    return known === undefined || known.state === 'probing' ? 1 : known.share;
  };
  switch (route.routing) {
    case 'ordered':
      return byPlace(route.targets, share, random);
    case 'weighted':
      return byLot(route.targets, (target) => target.weight * share(target), random);
  }
}

function byPlace(
  targets: readonly Target[],
  share: (target: Target) => number,
  random: () => number,
): Target[] {
  const inPlace: Target[] = [];
  const behind: Target[] = [];
  for (const target of targets) {
    const part = share(target);
    if (part >= 1 || (part > 0 && random() < part)) inPlace.push(target);
    else if (part > 0) behind.push(target);
  }
  return behind.length === 0 ? inPlace : [...inPlace, ...behind];
}

/**
 * A draw without replacement: the first by weight, and so on among the rest (Efraimidis and
 * Spirakis, 2006: sort by u^(1/w)).
 */
function byLot(
  targets: readonly Target[],
  weight: (target: Target) => number,
  random: () => number,
): Target[] {
  const lots: [Target, number][] = [];
  for (const target of targets) {
    const w = weight(target);
    if (w > 0) lots.push([target, Math.log(1 - random()) / w]);
  }
  return lots.sort((a, b) => b[1] - a[1]).map(([target]) => target);
}
