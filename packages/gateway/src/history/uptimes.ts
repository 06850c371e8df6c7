import type { Status } from '@vitalgate/health';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { marksOf, type SubjectKind } from '../store/verdicts.ts';
import type { Recorder } from './recorder.ts';
import { DAY_MS, sharesByDay, summary, type DayShares } from './uptime.ts';
import { verdictsOf } from './verdicts.ts';

/** How well something is, and has been on each of the last days, today the last. */
export interface Uptime {
  readonly name: string;
  readonly kind: SubjectKind;
  readonly status: Status;
  readonly uptime: number | null;
  readonly unknown: number;
  readonly days: DayShares[];
}

/** Of what is configured now. */
export async function uptimes(
  running: Running,
  store: Store,
  history: Recorder,
  { kind, days }: { readonly kind: SubjectKind; readonly days: number },
): Promise<Uptime[]> {
  const now = running.clock.wall();
  const marks = await marksOf(store, kind, now - (now % DAY_MS) - (days - 1) * DAY_MS);
  const until = await history.knownUntil();
  return verdictsOf(running)
    .all.filter((one) => one.kind === kind)
    .map(({ name, status }) => {
      const shares = sharesByDay(marks.get(name) ?? [], { days, now, until });
      return { name, kind, status, ...summary(shares, now), days: shares };
    });
}
