import { shareOf, type Circumstances } from './order.ts';
import type { Route, Target } from './routes.ts';

/** So many are put in order for one request. Nobody waits for a ninth attempt. */
const SEATS = 8;
/** Where most targets rest, draws find the same few again. */
const MOST_DRAWS = SEATS * 8;

/** Whether all targets of a route are meant alike; found once, for routes do not change. */
const likeness = new WeakMap<readonly Target[], boolean>();

/**
 * The targets of a large route that one request is ordered among, so that a request costs the same
 * with hundreds of them. Undefined where there are few, where some are meant to be preferred, or too
 * few could be found by drawing: then all are looked at.
 */
export function panelOf(
  { routing, sticky, targets }: Pick<Route, 'routing' | 'sticky' | 'targets'>,
  at: Pick<Circumstances, 'health' | 'random'>,
): readonly Target[] | undefined {
  // One caller's own target is found by looking at all of them.
  if (targets.length <= SEATS || sticky || !areAlike(targets)) return undefined;
  const panel = new Set<Target>();
  if (routing === 'ordered') {
    for (const target of targets) {
      if (shareOf(target, at) > 0) panel.add(target);
      if (panel.size === SEATS) break;
    }
  } else if (routing !== 'cheapest') {
    for (let draws = 0; draws < MOST_DRAWS && panel.size < SEATS; draws += 1) {
      const target = targets[Math.floor(at.random() * targets.length)] as Target;
      if (shareOf(target, at) > 0) panel.add(target);
    }
  }
  return panel.size === SEATS ? [...panel] : undefined;
}

function areAlike(targets: readonly Target[]): boolean {
  const known = likeness.get(targets);
  if (known !== undefined) return known;
  const [first] = targets;
  const found = targets.every(
    ({ weight, priority }) => weight === first?.weight && priority === first.priority,
  );
  likeness.set(targets, found);
  return found;
}
