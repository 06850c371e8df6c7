import { newDrill, type Drill } from '../drills.ts';

type Result = Drill['results'][number];

const scenarios = [
  ['calm', 'nothing is broken', '200'],
  ['outage', 'a provider answers 500', '200 from the next target'],
  ['stall', 'a stream stops in the middle', 'an error event in the stream'],
  ['slow', 'the first token takes ten seconds', '200 from the next target'],
] as const;
export const listed = scenarios.map(([name, title]) => ({
  name,
  title,
  description: `Callers while ${title}.`,
}));

/** How long each scenario is played. */
const PLAYED_MS = 1500;
const CALLS = 120;

/** A scenario of which some part has been played. */
function played(result: Result, part: number): Result {
  if (part <= 0) return result;
  const { scenario } = result;
  const requests = Math.round(CALLS * Math.min(1, part));
  const told = scenario === 'stall' ? Math.round(requests / 10) : 0;
  return {
    ...result,
    state: part < 1 ? 'running' : 'passed',
    requests,
    served: requests - told,
    told,
    slowestMs: 840,
    words: scenarios.find(([name]) => name === scenario)?.[2] ?? '',
  };
}

interface Playing {
  readonly drills: readonly Drill[];
  readonly now: () => number;
}

/** Plays on what is running, to where it is by now; gives it if there is one. */
export function playOn({ drills, now }: Playing): Drill | undefined {
  const running = drills.find(({ state }) => state === 'running');
  if (running === undefined) return undefined;
  const passed = (now() - Date.parse(running.startedAt)) / PLAYED_MS;
  running.results = running.results.map((result, i) => played(result, passed - i));
  running.progress = Math.min(1, passed / running.results.length);
  if (running.progress < 1) return running;
  return Object.assign(running, { state: 'finished', endedAt: new Date(now()).toISOString() });
}

/** One that is over, an hour and a half ago. */
export function firstDrills(now: number): Drill[] {
  const startedAt = now - 95 * 60_000;
  const drills = [newDrill('drill_1', new Date(startedAt).toISOString(), listed)];
  playOn({ drills, now: () => startedAt + scenarios.length * PLAYED_MS });
  return drills;
}
