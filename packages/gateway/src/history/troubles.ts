/** A route that is not well now, and what of its targets makes it so. */
export interface Ill {
  readonly route: string;
  readonly isDown: boolean;
  /** When it came to be so; wall-clock milliseconds, as all times here. */
  readonly since: number;
  readonly causes: readonly Cause[];
}

export interface Cause {
  /** Its provider, or the API whose upstream it is. */
  readonly group: string;
  readonly target: string;
  readonly reason: string;
}

/** What is wrong at one place, and the routes that feel it. */
export interface Trouble {
  readonly id: string;
  readonly group: string;
  readonly targets: readonly string[];
  readonly routes: readonly string[];
  /** `down` once any of the routes has been. */
  readonly severity: 'degraded' | 'down';
  /** Of the first target. */
  readonly reason: string;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
}

interface Held {
  trouble: Trouble;
  isTold: boolean;
  wellSince: number | undefined;
}

/** A route without a way is news sooner than one that has lost one of several. */
const VISIBLE_MS = { down: 5000, degraded: 30_000 } as const;
/** What is well again for so long has recovered; less is the same trouble. */
const HOLD_MS = 15_000;

/**
 * Makes troubles of routes that are not well: one for each provider that does not work, however many
 * routes feel it, and none for what passes in a moment.
 */
export class Troubles {
  readonly #held = new Map<string, Held>();
  readonly #newId: () => string;

  /** @param open told before a restart, and not known to be over */
  constructor(newId: () => string, open: readonly Trouble[] = []) {
    this.#newId = newId;
    for (const trouble of open) {
      this.#held.set(trouble.group, { trouble, isTold: true, wellSince: undefined });
    }
  }

  /**
   * Takes in how it is now; gives the troubles that are news, or have changed, or are over.
   *
   * @param unknown groups of which nothing is known now: no trouble ends by silence
   */
  step(now: number, ill: readonly Ill[], unknown: ReadonlySet<string>): Trouble[] {
    const told: Trouble[] = [];
    const found = byGroup(ill);
    for (const [group, seen] of found) {
      const held = this.#held.get(group) ?? this.#begin(group, seen);
      held.wellSince = undefined;
      const before = held.trouble;
      held.trouble = joined(before, seen);
      const isVisible = now - before.startedAt >= VISIBLE_MS[held.trouble.severity];
      if ((isVisible && !held.isTold) || (held.isTold && held.trouble !== before)) {
        held.isTold = true;
        told.push(held.trouble);
      }
    }
    for (const [group, held] of this.#held) {
      if (found.has(group) || unknown.has(group)) continue;
      held.wellSince ??= now;
      if (held.isTold && now - held.wellSince < HOLD_MS) continue;
      this.#held.delete(group);
      if (held.isTold) told.push({ ...held.trouble, endedAt: held.wellSince });
    }
    return told;
  }

  #begin(group: string, { reason, isDown, since }: Seen): Held {
    const trouble: Trouble = {
      id: this.#newId(),
      group,
      targets: [],
      routes: [],
      severity: isDown ? 'down' : 'degraded',
      reason,
      startedAt: since,
      endedAt: undefined,
    };
    const held = { trouble, isTold: false, wellSince: undefined };
    this.#held.set(group, held);
    return held;
  }
}

interface Seen {
  readonly targets: Set<string>;
  readonly routes: Set<string>;
  isDown: boolean;
  since: number;
  readonly reason: string;
}

function byGroup(ill: readonly Ill[]): Map<string, Seen> {
  const groups = new Map<string, Seen>();
  for (const { route, isDown, since, causes } of ill) {
    for (const { group, target, reason } of causes) {
      const seen = groups.get(group) ?? {
        targets: new Set(),
        routes: new Set(),
        isDown: false,
        since,
        reason,
      };
      groups.set(group, seen);
      seen.targets.add(target);
      seen.routes.add(route);
      seen.isDown ||= isDown;
      seen.since = Math.min(seen.since, since);
    }
  }
  return groups;
}

/** The same value when it says nothing new. */
function joined(trouble: Trouble, { targets, routes, isDown }: Seen): Trouble {
  const allTargets = new Set([...trouble.targets, ...targets]);
  const allRoutes = new Set([...trouble.routes, ...routes]);
  const severity = isDown ? 'down' : trouble.severity;
  const isSame =
    allTargets.size === trouble.targets.length &&
    allRoutes.size === trouble.routes.length &&
    severity === trouble.severity;
  if (isSame) return trouble;
  return { ...trouble, targets: [...allTargets], routes: [...allRoutes], severity };
}
