import type { Cancel } from '@vitalgate/health';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { nowOf } from './now.ts';
import { receiptOf } from './receipt.ts';
import type { Live } from './live.ts';
import { listTargets } from './targets.ts';

const PULSE_MS = 1000;

/** Tells whoever listens what happens in the gateway: requests, targets, a pulse. */
export function connectLive(live: Live, current: () => Running, store: Store): Cancel {
  const { tracker, journal } = current();
  const stopTargets = tracker.onTransition(({ id, from, to, reason, at }) => {
    live.tell('change', { target: id, from, to, reason, at: new Date(at).toISOString() });
    // The tracker tells before its snapshot has changed hands.
    queueMicrotask(() => {
      const target = listTargets(current()).find((one) => one.id === id);
      if (target !== undefined) live.tell('target', target);
    });
  });
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
    stopPulse();
    journal.onAppend = undefined;
  };
}
