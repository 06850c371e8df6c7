import type { Target } from '../overview.ts';
import { become } from './become.ts';
import { playOn } from './play-drill.ts';
import { overviewOf } from './now.ts';
import { seeded } from './random.ts';
import type { MockState } from './state.ts';

/** Seconds from one small outage to the next: it fails, rests, is tried, and comes back. */
const OUTAGE_EVERY = 40;
const outage: ReadonlyMap<number, Target['state']> = new Map([
  [10, 'resting'],
  [20, 'probing'],
  [22, 'ramping'],
  [32, 'serving'],
]);

/** One second of life. */
export function drift(state: MockState): void {
  const second = Math.floor(state.now() / 1000);
  const random = seeded(second);
  const tell = (name: string, data: unknown) => {
    for (const listener of state.listeners) listener(name, data);
  };
  for (const target of state.targets) target.inFlight = Math.floor(random() * 8);
  const arriving = 1 + Math.floor(random() * 3);
  for (let i = 0; i < arriving; i += 1) {
    state.arrived += 1;
    tell('request', state.receipt(-state.arrived));
  }
  const [sick] = state.targets;
  const next = outage.get(second % OUTAGE_EVERY);
  if (sick !== undefined && next !== undefined && sick.state !== 'drained' && sick.state !== next) {
    const { id, state: from } = sick;
    become(sick, next, state.now());
    tell('target', sick);
    tell('change', {
      target: id,
      from,
      to: next,
      reason: sick.reason ?? 'ramp_over',
      at: sick.since,
    });
  }
  const drill = playOn(state);
  if (drill !== undefined) tell('drill', drill);
  const { status, reasons, inFlight, traffic, today } = overviewOf(state);
  const { perSecond, errorRatio, firstTokenP50Ms } = traffic;
  tell('pulse', {
    status,
    reasons,
    inFlight,
    perSecond,
    errorRatio,
    firstTokenP50Ms,
    spendToday: today.cost,
  });
}
