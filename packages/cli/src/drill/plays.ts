import { callOnce, type CallerDialect, type Outcome } from './caller.ts';
import { providersOf, startRig, type Drillable, type Rig, type Wanted } from './rig.ts';
import type { Scenario } from './scenarios.ts';

/** One scenario, as one kind of caller sees it. */
export interface Play {
  readonly scenario: Scenario;
  readonly model: string;
  readonly dialect: CallerDialect;
  readonly streamed: boolean;
}

/** One line of the scorecard. */
export interface Score {
  readonly scenario: string;
  readonly model: string;
  readonly dialect: CallerDialect;
  readonly streamed: boolean;
  readonly passed: boolean;
  readonly served: number;
  readonly told: number;
  readonly lied: number;
  /** What callers saw, each kind once. */
  readonly seen: readonly string[];
  readonly slowestMs: number;
}

/** Calls of one play. */
export const CALLS = 5;

/** Every scenario over every model, for callers of every dialect, streamed and whole. */
export function playsOf(wanted: {
  readonly scenarios: readonly Scenario[];
  readonly models: readonly { readonly name: string }[];
  readonly dialects: readonly CallerDialect[];
}): Play[] {
  return wanted.scenarios.flatMap((scenario) =>
    wanted.models.flatMap(({ name: model }) =>
      wanted.dialects.flatMap((dialect) =>
        [true, false].map((streamed) => ({ scenario, model, dialect, streamed })),
      ),
    ),
  );
}

/** Plays that share a gateway: a scenario, streamed and whole, for callers of every dialect. */
const AT_ONE_RIG = 12;

/** Plays them, so many at once; the scores come as they are known. */
export async function playAll(
  config: Drillable,
  plays: readonly Play[],
  atOnce: number,
  tell: {
    readonly onStart: (play: Play, played: number) => void;
    readonly onScore: (score: Score, index: number) => void;
  },
): Promise<void> {
  const remaining = plays.entries();
  const rigs = new Map<number, { readonly rig: Promise<Rig>; left: number }>();
  let played = 0;
  const playNext = async (): Promise<void> => {
    for (const [i, one] of remaining) {
      const first = i - (i % AT_ONE_RIG);
      const shared = rigs.get(first) ?? share(first);
      const rig = await shared.rig;
      tell.onStart(one, played);
      try {
        tell.onScore(await play(config, one, rig, i - first), i);
      } finally {
        shared.left -= 1;
        if (shared.left === 0) await rig.close();
      }
      played += 1;
    }
  };
  const share = (first: number) => {
    const those = plays.slice(first, first + AT_ONE_RIG);
    const shared = {
      rig: startRig(
        config,
        those.map((one) => wantedBy(config, one)),
      ),
      left: those.length,
    };
    rigs.set(first, shared);
    return shared;
  };
  await Promise.all(Array.from({ length: atOnce }, playNext));
}

const wantedBy = (config: Drillable, { scenario: { place }, model, dialect }: Play): Wanted => ({
  model,
  moved:
    place === undefined ? undefined : { provider: ableTo(config, model, dialect)[0] ?? '', place },
});

/**
 * The providers that can be asked, the first one first. In an ordered route those that speak the
 * caller's dialect come before those that have to be translated to.
 */
function ableTo(config: Drillable, model: string, dialect: CallerDialect): string[] {
  const names = providersOf(config, model);
  const isNative = (name: string) => {
    const spoken = config.providers.find((provider) => provider.name === name)?.dialect;
    const simulated: readonly string[] = ['openai-chat', 'anthropic'];
    return spoken === dialect || (spoken === 'simulator' && simulated.includes(dialect));
  };
  return names.toSorted((a, b) => Number(isNative(b)) - Number(isNative(a)));
}

async function play(
  config: Drillable,
  { scenario, model, dialect, streamed }: Play,
  { url, stands }: Rig,
  index: number,
): Promise<Score> {
  const able = ableTo(config, model, dialect);
  const [first = ''] = able;
  const stand = stands[index];
  if (stand === undefined) throw new TypeError(`no stand ${index}`);
  const outcomes: Outcome[] = [];
  for (const name of scenario.isEverywhere === true ? able : [first]) {
    for (const fault of scenario.faults) await stand.simulators.get(name)?.set(fault);
  }
  const call = () => callOnce(url, dialect, stand.model, streamed);
  outcomes.push(await call());
  outcomes.push(...(await Promise.all(Array.from({ length: CALLS - 1 }, call))));
  const count = (verdict: Outcome['verdict']) =>
    outcomes.filter((outcome) => outcome.verdict === verdict).length;
  const hasAnother = able.length > 1 && scenario.isEverywhere !== true;
  const isUnbroken = scenario.faults.length === 0 && scenario.place === undefined;
  const mustServe = (scenario.expected === 'unseen' && hasAnother) || isUnbroken;
  return {
    scenario: scenario.name,
    model,
    dialect,
    streamed,
    passed: count('lied') === 0 && (!mustServe || count('served') === CALLS),
    served: count('served'),
    told: count('told'),
    lied: count('lied'),
    seen: [...new Set(outcomes.map(({ detail }) => detail))],
    slowestMs: Math.round(Math.max(...outcomes.map(({ ms }) => ms))),
  };
}
