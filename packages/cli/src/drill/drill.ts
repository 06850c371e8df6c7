import { styleText } from 'node:util';
import { StartFailure, type Config } from '@vitalgate/contract';
import { readConfiguration } from '@vitalgate/gateway';
import { callerDialects, callOnce, type CallerDialect, type Outcome } from './caller.ts';
import { outage } from './outage.ts';
import { startRig } from './rig.ts';
import { scenarios, type Scenario } from './scenarios.ts';

interface DrillFlags {
  readonly config?: string;
  readonly model?: string;
  readonly only?: string;
  readonly dialect?: string;
  readonly outage?: string;
  readonly plot: string;
  readonly json?: boolean;
}

/** One line of the scorecard. */
interface Score {
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

const CALLS = 5;
const AT_ONCE = 6;

/** `vitalgate drill`: breaks simulated providers under the operator's own configuration. */
export async function drill(flags: DrillFlags): Promise<void> {
  const config = await readConfiguration(flags.config, process.env);
  const models = config.models.filter(
    ({ name }) => flags.model === undefined || name === flags.model,
  );
  if (models.length === 0) {
    throw new StartFailure(
      'invalid_config',
      'found no model to drill; see models in the configuration',
    );
  }
  if (flags.outage !== undefined) {
    const passed = await outage(config, models[0]?.name ?? '', Number(flags.outage), flags.plot);
    process.exitCode = passed ? 0 : 1;
    return;
  }

  const chosen = scenarios.filter(
    ({ name }) => flags.only === undefined || name.includes(flags.only),
  );
  const dialects = flags.dialect === undefined ? callerDialects : dialectsIn(flags.dialect);
  const plays = chosen.flatMap((scenario) =>
    models.flatMap(({ name }) =>
      dialects.flatMap((dialect) =>
        [true, false].map((streamed) => ({ scenario, name, dialect, streamed })),
      ),
    ),
  );
  // Most of a play is waiting for something that does not come, so several are played at once.
  const scores: Score[] = [];
  const remaining = plays.entries();
  let played = 0;
  const playNext = async (): Promise<void> => {
    for (const [i, { scenario, name, dialect, streamed }] of remaining) {
      process.stderr.write(
        `\r\u001B[K${played}/${plays.length} ${scenario.name} · ${name} · ${dialect}`,
      );
      scores[i] = await play(config, scenario, name, dialect, streamed);
      played += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, playNext));
  process.stderr.write('\r\u001B[K');
  const failed = scores.filter(({ passed }) => !passed).length;
  process.stdout.write(flags.json === true ? `${JSON.stringify(scores)}\n` : scorecard(scores));
  process.exitCode = failed === 0 ? 0 : 1;
}

/** The dialects named on the command line. */
function dialectsIn(flag: string): CallerDialect[] {
  const names = flag.split(',').map((name) => name.trim());
  const chosen = callerDialects.filter((dialect) => names.includes(dialect));
  if (chosen.length === names.length) return chosen;
  throw new StartFailure(
    'invalid_config',
    `found --dialect ${flag}, expected some of ${callerDialects.join(', ')}`,
  );
}

const providersOf = (config: Config, model: string): string[] => [
  ...new Set(
    config.models.find(({ name }) => name === model)?.targets.map(({ provider }) => provider),
  ),
];

/**
 * The providers that can be asked, the first one first. In an ordered route those that speak the
 * caller's dialect come before those that have to be translated to.
 */
function ableTo(config: Config, model: string, dialect: CallerDialect): string[] {
  const names = providersOf(config, model);
  const isNative = (name: string) => {
    const spoken = config.providers.find((provider) => provider.name === name)?.dialect;
    const simulated: readonly string[] = ['openai-chat', 'anthropic'];
    return spoken === dialect || (spoken === 'simulator' && simulated.includes(dialect));
  };
  return names.toSorted((a, b) => Number(isNative(b)) - Number(isNative(a)));
}

async function play(
  config: Config,
  scenario: Scenario,
  model: string,
  dialect: CallerDialect,
  streamed: boolean,
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

function scorecard(scores: readonly Score[]): string {
  const rows = scores.map((score) => [
    score.passed ? styleText('green', 'pass') : styleText('red', 'FAIL'),
    score.scenario,
    score.model,
    score.dialect,
    score.streamed ? 'streamed' : 'whole',
    `${score.served}/${CALLS}`,
    `${score.slowestMs} ms`,
    score.seen.join('; '),
  ]);
  const head = ['', 'SCENARIO', 'MODEL', 'CALLER', '', 'SERVED', 'SLOWEST', 'SEEN BY CALLERS'];
  const table = [head, ...rows];
  const bare = (cell: string) => cell.replaceAll(/\u001B\[\d+m/g, '');
  const widths = head.map((_, i) => Math.max(...table.map((row) => bare(row[i] ?? '').length)));
  const lines = table.map((row) =>
    row
      .map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - bare(cell).length))
      .join('  ')
      .trimEnd(),
  );
  const passed = scores.filter((score) => score.passed).length;
  return `${lines.join('\n')}\n\n${passed} passed, ${scores.length - passed} failed\n`;
}
