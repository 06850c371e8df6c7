import { availableParallelism } from 'node:os';
import { styleText } from 'node:util';
import { StartFailure } from '@vitalgate/contract';
import { readConfiguration } from '@vitalgate/gateway';
import { progress } from '../progress.ts';
import { callerDialects, type CallerDialect } from './caller.ts';
import { outage } from './outage.ts';
import { CALLS, playAll, playsOf, type Score } from './plays.ts';
import { scenarios } from './scenarios.ts';

interface DrillFlags {
  readonly config?: string;
  readonly model?: string;
  readonly only?: string;
  readonly dialect?: string;
  readonly outage?: number;
  readonly plot: string;
  readonly json?: boolean;
}

/** A play waits for something that does not come for half of its time. More would delay what they time. */
const AT_ONCE = Math.min(8, 2 * availableParallelism());

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
    const passed = await outage(config, models[0]?.name ?? '', flags.outage, flags.plot);
    process.exitCode = passed ? 0 : 1;
    return;
  }

  const chosen = scenarios.filter(
    ({ name }) => flags.only === undefined || name.includes(flags.only),
  );
  if (chosen.length === 0) {
    throw new StartFailure(
      'invalid_config',
      `found --only ${flags.only}, expected words of ${scenarios.map(({ name }) => name).join(', ')}`,
    );
  }
  const dialects = flags.dialect === undefined ? callerDialects : dialectsIn(flags.dialect);
  const plays = playsOf({ scenarios: chosen, models, dialects });
  const scores: Score[] = [];
  await playAll(config, plays, AT_ONCE, {
    onStart({ scenario, model, dialect }, played) {
      progress(`${played}/${plays.length} ${scenario.name} · ${model} · ${dialect}`);
    },
    onScore: (score, i) => (scores[i] = score),
  });
  progress('');
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
