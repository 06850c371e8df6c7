import { probes, type Snapshot } from './aggregate.ts';
import type { Status } from './status.ts';

/** A change that somebody may want to be told of. */
export interface Transition {
  readonly of: 'check' | 'probe';
  /** The name of the check or of the probe. */
  readonly name: string;
  readonly from: Status;
  readonly to: Status;
  readonly reason: string | undefined;
  /** Wall-clock milliseconds. */
  readonly at: number;
  /** Root causes: with any, this is a consequence and no news. */
  readonly impairedBy: readonly string[];
}

/** What became different from one snapshot to the next: checks first, then the probes they moved. */
export function transitions(before: Snapshot, now: Snapshot): Transition[] {
  const told: Transition[] = [];
  const { at } = now;
  const known = new Map(before.checks.map((one) => [one.state.check.name, one.status]));
  for (const { state, status, reason, impairedBy } of now.checks) {
    const { name } = state.check;
    const from = known.get(name) ?? 'unknown';
    if (from !== status) told.push({ of: 'check', name, from, to: status, reason, at, impairedBy });
  }
  for (const name of probes) {
    const from = before.probes[name].status;
    const { status: to, reasons } = now.probes[name];
    if (from !== to)
      told.push({ of: 'probe', name, from, to, reason: reasons[0], at, impairedBy: [] });
  }
  return told;
}
