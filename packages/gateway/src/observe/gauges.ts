import { viewHealth } from '../health-view.ts';
import type { Running } from '../running.ts';
import { families } from './families.ts';
import { type Family, gauge } from './metrics.ts';

const states = ['serving', 'resting', 'probing', 'ramping', 'drained'] as const;
const statuses = ['pass', 'warn', 'fail', 'unknown'] as const;

/** What is read rather than counted: the state of things at the moment of the scrape. */
export function gauges(running: Running): Family[] {
  const view = viewHealth(running);
  const { lifecycle, tracker, journal, captures, providers, clock, storeWatch } = running;
  const targets = [...tracker.snapshot().values()];
  const now = clock.now();
  const one = (value: number) => [[[], value]] as const;
  return [
    gauge(families.ready, one(view.isReady ? 1 : 0)),
    gauge(families.uptime, one(view.uptimeSeconds)),
    gauge(families.inFlight, one(lifecycle.inFlight)),
    gauge(families.connectionsRefused, one(lifecycle.refusedConnections)),
    gauge(families.rowsLost, one(journal.lost)),
    gauge(families.rowsWaiting, one(journal.report.waitingBytes)),
    gauge(families.rowsSpoiled, one(journal.report.spoiled)),
    gauge(families.capturesKept, one(captures.kept)),
    gauge(families.capturesLost, one(captures.lost)),
    gauge(families.storeUp, one(storeWatch.problem === undefined ? 1 : 0)),
    gauge(families.configApplied, one(lifecycle.configProblem === undefined ? 1 : 0)),
    gauge(
      families.modelStatus,
      [...view.models].flatMap(([model, { status }]) =>
        statuses.map((which) => [[model, which], which === status ? 1 : 0] as const),
      ),
    ),
    gauge(
      families.apiStatus,
      [...view.apis].flatMap(([api, { status }]) =>
        statuses.map((which) => [[api, which], which === status ? 1 : 0] as const),
      ),
    ),
    gauge(
      families.targetState,
      targets.flatMap(({ id, state }) =>
        states.map((which) => [[id, which], which === state ? 1 : 0] as const),
      ),
    ),
    gauge(
      families.targetShare,
      targets.map(({ id, share }) => [[id], share] as const),
    ),
    gauge(
      families.canarySpend,
      [...providers.keys()].map((name) => [[name], running.canarySpend.today(name)] as const),
    ),
    gauge(
      families.credentialResting,
      [...providers.values()].flatMap(({ name, credentials }) =>
        credentials.all.map((credential) => {
          const isResting = credentials.isResting(credential, now);
          return [[name, credential.name], isResting ? 1 : 0] as const;
        }),
      ),
    ),
  ];
}
