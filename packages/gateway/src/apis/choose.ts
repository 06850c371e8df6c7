import { isBelowFloor, lastResort } from '../routing/order.ts';
import type { Running } from '../running.ts';
import type { Api, ApiTarget } from './api.ts';
import { covers } from './segments.ts';

/**
 * The upstreams of an API in the order in which they are tried: drawn by weight, each as far as its
 * health gives it a share of traffic. Resting ones are left out while enough others are left.
 */
export function upstreamsInOrder({ targets }: Api, path: string, running: Running): ApiTarget[] {
  const health = running.tracker.snapshot();
  const { floor } = running.config.health;
  const usable: { target: ApiTarget; draw: number }[] = [];
  for (const target of targets) {
    const known = health.get(target.id);
    const share = known === undefined || known.state === 'probing' ? 1 : known.share;
    if (share === 0) continue;
    // A draw without replacement (Efraimidis and Spirakis, 2006), as for weighted models.
    const draw =
      targets.length === 1 ? 0 : Math.log(1 - running.random()) / (target.weight * share);
    usable.push({ target, draw });
  }
  if (usable.length > 1) usable.sort((a, b) => b.draw - a.draw);
  // Where one page of an upstream does not work, the others are asked for it first.
  const isImpaired = ({ target }: (typeof usable)[number]) => isPathImpaired(target, path);
  if (usable.some(isImpaired)) usable.sort((a, b) => Number(isImpaired(a)) - Number(isImpaired(b)));
  const order = usable.map(({ target }) => target);
  if (!isBelowFloor(targets, order.length, floor, health)) return order;
  return [...order, ...lastResort(targets, order.length, floor, health)];
}

const isPathImpaired = ({ load, base }: ApiTarget, path: string): boolean =>
  load.impaired.length > 0 && load.impaired.some((pattern) => covers(pattern, base + path));
