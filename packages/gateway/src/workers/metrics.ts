import type { Cancel, Clock } from '@vitalgate/health';
import type { Family, Sample } from '../observe/metrics.ts';
import type { Line } from './siblings.ts';

/** Numbers go to the first worker this often. */
const TELL_MS = 1000;

/** What is counted, over all workers where there are several; the first one tells it. */
export function countTogether(
  worker: { readonly index: number; readonly line: Line } | undefined,
  clock: Clock,
  own: () => readonly Family[],
): { families: () => readonly Family[]; close: Cancel } {
  if (worker === undefined) return { families: own, close: () => {} };
  const { index, line } = worker;
  if (index > 0) {
    const tell = () => line.tell({ type: 'metrics', families: own() });
    return { families: own, close: clock.every(TELL_MS, tell) };
  }
  const told = new Map<number, readonly Family[]>();
  const close = line.onTold((message) => {
    if (message.type === 'metrics') told.set(message.worker, message.families);
  });
  return { families: () => sum([own(), ...told.values()]), close };
}

/** Counters and buckets of several processes add up, series by series. */
function sum(all: readonly (readonly Family[])[]): Family[] {
  const families = new Map<string, { family: Family; samples: Map<string, Sample> }>();
  for (const family of all.flat()) {
    const known = families.get(family.name) ?? { family, samples: new Map<string, Sample>() };
    families.set(family.name, known);
    for (const sample of family.samples) {
      const id = `${sample.suffix}${JSON.stringify(sample.labels)}`;
      const before = known.samples.get(id);
      const value = (before?.value ?? 0) + sample.value;
      known.samples.set(id, { ...sample, value });
    }
  }
  return [...families.values()].map(({ family, samples }) => ({
    ...family,
    samples: [...samples.values()],
  }));
}
