import { callOnce, type CallerDialect, type Outcome } from './caller.ts';
import { startRig, type Drillable } from './rig.ts';
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
  let played = 0;
  const playNext = async (): Promise<void> => {
    for (const [i, one] of remaining) {
      tell.onStart(one, played);
      tell.onScore(await play(config, one), i);
      played += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, playNext));
}

const providersOf = (config: Drillable, model: string): string[] => [
  ...new Set(
    config.models.find(({ name }) => name === model)?.targets.map(({ provider }) => provider),
  ),
];

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
): Promise<Score> {
  const able = ableTo(config, model, dialect);
  const [first = ''] = able;
  const rig = await startRig(
    config,
    scenario.place === undefined ? undefined : { provider: first, place: scenario.place },
  );
  const outcomes: Outcome[] = [];
  try {
    for (const name of scenario.isEverywhere === true ? able : [first]) {
      for (const fault of scenario.faults) await rig.simulators.get(name)?.set(fault);
    }
    outcomes.push(await callOnce(rig.url, dialect, model, streamed));
    outcomes.push(
      ...(await Promise.all(
        Array.from({ length: CALLS - 1 }, () => callOnce(rig.url, dialect, model, streamed)),
      )),
    );
  } finally {
    await rig.close();
  }
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
