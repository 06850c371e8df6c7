import type { Cancel } from '@vitalgate/health';
import type { AlertWatch } from '../alerts/watch.ts';
import type { Recorder } from '../history/recorder.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { findIncident } from '../store/incidents.ts';
import { alertOf } from './alerts.ts';
import { incidentOf } from './incident.ts';
import { nowOf } from './now.ts';
import { receiptOf } from './receipt.ts';
import type { Live } from './live.ts';
import { listTargets } from './targets.ts';

const PULSE_MS = 1000;

interface LiveSources {
  readonly current: () => Running;
  readonly store: Store;
  readonly history: Recorder;
  readonly alerts: AlertWatch;
}

/** Tells whoever listens what happens in the gateway: requests, targets, a pulse. */
export function connectLive(live: Live, { current, store, history, alerts }: LiveSources): Cancel {
  const { tracker, journal } = current();
  const stopTargets = tracker.onTransition(({ id, from, to, reason, at }) => {
    live.tell('change', { target: id, from, to, reason, at: new Date(at).toISOString() });
    // The tracker tells before its snapshot has changed hands.
    queueMicrotask(() => {
      const target = listTargets(current()).find((one) => one.id === id);
      if (target !== undefined) live.tell('target', target);
    });
  });
  const stopIncidents = history.onTrouble(({ id }) => {
    findIncident(store, id).then(
      (row) => row !== undefined && live.tell('incident', incidentOf(row)),
      (error: unknown) => current().log.warn({ err: error }, 'an incident was not told live'),
    );
  });
  const stopAlerts = alerts.onAlert((row) => live.tell('alert', alertOf(row)));
  journal.onAppend = (row) => {
    if (live.isHeard) live.tell('request', receiptOf(row, current().keyring.names));
  };
  const stopPulse = live.every(PULSE_MS, () => {
    nowOf(current(), store, undefined).then(
      ({ status, reasons, inFlight, traffic, today }) =>
        live.tell('pulse', {
          status,
          reasons,
          inFlight,
          perSecond: traffic.perSecond,
          errorRatio: traffic.errorRatio,
          firstTokenP50Ms: traffic.firstTokenP50Ms,
          spendToday: today.cost,
        }),
      (error: unknown) => current().log.warn({ err: error }, 'no pulse: the store does not answer'),
    );
  });
  return () => {
    stopTargets();
    stopIncidents();
    stopAlerts();
    stopPulse();
    journal.onAppend = undefined;
  };
}
