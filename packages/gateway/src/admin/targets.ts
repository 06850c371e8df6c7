import { ApiFailure, type Answer } from '@vitalgate/contract/api';
import type { TargetState, Tracker } from '@vitalgate/health';
import type { Target } from '../routing/routes.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { saveTargets } from '../store/target-states.ts';
import { stateChanges } from '../store/verdicts.ts';
import { fullWhy } from '../why.ts';
import type { Handlers } from './asked.ts';

type TargetAnswer = Answer<'GET /api/targets'>['items'][number];

/** More than a page wants to show of a target that flaps. */
const MOST_CHANGES = 200;

/** Every target with its state, what it is doing, and what rests of its provider's credentials. */
export function listTargets(running: Running): TargetAnswer[] {
  const targets = new Map<string, Target>();
  const routesOf = new Map<string, string[]>();
  for (const route of running.routes.values()) {
    for (const target of route.targets) {
      targets.set(target.id, target);
      routesOf.set(target.id, [...(routesOf.get(target.id) ?? []), route.name]);
    }
  }
  return [...targets.values()].map((target) =>
    tellTarget(target, routesOf.get(target.id) ?? [], running),
  );
}

function tellTarget(target: Target, routes: string[], running: Running): TargetAnswer {
  const { id, provider, model, load, price } = target;
  const one = running.tracker.snapshot().get(id);
  const now = running.clock.now();
  return {
    id,
    provider: provider.name,
    model,
    state: one?.state ?? 'serving',
    status: one?.status ?? 'unknown',
    since: one === undefined ? null : new Date(one.since).toISOString(),
    reason: one?.reason ?? null,
    share: one?.share ?? 1,
    restMs: one?.restUntil === undefined ? null : Math.max(0, Math.round(one.restUntil - now)),
    inFlight: load.inFlight,
    latencyMs: load.latencyMs === undefined ? null : Math.round(load.latencyMs),
    retired: load.isRetired(now),
    doubtful: [...load.features.doubtful(now)],
    price: price ?? null,
    restingCredentials: provider.credentials.resting(now),
    canary: {
      spentUsd: running.canarySpend.today(provider.name),
      budgetUsd: provider.canary.budget,
    },
    blocked: provider.credentials.blocked(model, now) ?? null,
    measured: measuredOf(target),
    routes,
  };
}

function measuredOf({ load }: Target): TargetAnswer['measured'] {
  const told = load.measures.tell();
  return {
    served: told.served ?? null,
    tokensPerSecond: told.tokensPerSecond ?? null,
    longestPauseMs: told.longestPauseMs ?? null,
    truncatedStreams: told.truncatedStreams ?? null,
    unstructuredAnswers: told.unstructuredAnswers ?? null,
    servedWith: { ...told.servedWith },
  };
}

function findTarget(running: Running, id: string | undefined): TargetAnswer {
  const target = listTargets(running).find((one) => one.id === id);
  if (target === undefined) {
    throw new ApiFailure('not_found', 'there is no such target; GET /api/targets lists them');
  }
  return target;
}

/** The board of targets, and what an operator's hand can do to one. */
export function targetHandlers(current: () => Running, store: Store): Handlers {
  const act =
    (name: string, change: (tracker: Tracker, id: string, forMs?: number) => void) =>
    async (asked: {
      params: Readonly<Record<string, string>>;
      body: { forMs?: number | undefined } | undefined;
    }) => {
      const running = current();
      const { id } = findTarget(running, asked.params['id']);
      change(running.tracker, id, asked.body?.forMs);
      running.log.warn({ target: id, action: name }, 'an operator changed a target');
      // Whoever was told that it is drained relies on it, whatever kills the process next.
      if (running.storeWatch.problem === undefined) await saveTargets({ ...running, store });
      return findTarget(running, id);
    };
  return {
    'GET /api/targets': () => ({ items: listTargets(current()) }),
    'GET /api/targets/{id}'({ params }) {
      const running = current();
      const target = findTarget(running, params['id']);
      const why = fullWhy(target.id, running);
      if (why === undefined) throw new ApiFailure('not_found', 'nothing is known of this target');
      const { rule, words, basis, evidence, window, failures } = why;
      return {
        target,
        rule,
        words,
        basis,
        evidence: [...evidence],
        window,
        failures: failures.map((one) => ({ ...one, at: new Date(one.at).toISOString() })),
      };
    },
    async 'GET /api/targets/{id}/history'({ params }) {
      const { id } = findTarget(current(), params['id']);
      const changes = await stateChanges(store, id, MOST_CHANGES);
      return {
        items: changes.map(({ at, state, state_before: from, reason }) => ({
          target: id,
          from: (from ?? 'serving') as TargetState,
          to: (state ?? 'serving') as TargetState,
          reason: reason ?? '',
          at: new Date(at).toISOString(),
        })),
      };
    },
    'POST /api/targets/{id}/rest': act('rest', (tracker, id, forMs) => tracker.rest(id, forMs)),
    'POST /api/targets/{id}/serve': act('serve', (tracker, id) => tracker.serve(id)),
    'POST /api/targets/{id}/drain': act('drain', (tracker, id) => tracker.drain(id)),
    'POST /api/targets/{id}/reset': act('reset', (tracker, id) => tracker.reset(id)),
  };
}
