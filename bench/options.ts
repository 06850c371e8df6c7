import { parseArgs } from 'node:util';
import { contenders } from './contenders/all.ts';
import { isMeasuredBy, type Contender } from './contenders/contender.ts';
import { BenchError } from './errors.ts';
import { scenarios, type Scenario } from './scenarios.ts';

export const usage = `npm run bench -- [options]

  --quick          one round, short measurements: a look, not a result
  --rounds N       how often everything is measured (default 3)
  --turns N        all contenders at once, for half a second each, N times in turns; what a request
                   costs beside another is then told well on a machine that is not quiet
  --only NAMES     contenders (${names(contenders)})
                   and scenarios (${names(scenarios)}) to keep, separated by commas
  --json FILE      where the figures go (default: a new file in bench/results)
  --markdown       print the table as Markdown
  --profile        keep CPU profiles of vitalgate in bench/results (its figures then cost more)
  --help
`;

export interface Options {
  readonly quick: boolean;
  readonly rounds: number;
  /** Those rounds are of half a second each. */
  readonly inTurns: boolean;
  readonly contenders: readonly Contender[];
  readonly scenarios: readonly Scenario[];
  readonly json: string | undefined;
  readonly markdown: boolean;
  readonly profile: boolean;
  readonly help: boolean;
}

const MAX_ROUNDS = 100;

/** @throws BenchError for what it does not know. */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const inTurns = values.turns !== undefined;
  const rounds = Number(values.turns ?? values.rounds ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MAX_ROUNDS) {
    const flag = inTurns ? '--turns' : '--rounds';
    throw new BenchError(`${flag} wants a whole number from 1 to ${MAX_ROUNDS}`);
  }
  const only = values.only?.split(',').map((name) => name.trim()) ?? [];
  const known = new Set([...contenders, ...scenarios].map(({ name }) => name));
  const unknown = only.filter((name) => !known.has(name));
  if (unknown.length > 0) throw new BenchError(`--only does not know ${unknown.join(', ')}`);
  return {
    quick: values.quick,
    rounds,
    inTurns,
    ...chosen(only),
    json: values.json,
    markdown: values.markdown,
    profile: values.profile,
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        turns: { type: 'string' },
        only: { type: 'string' },
        json: { type: 'string' },
        markdown: { type: 'boolean', default: false },
        profile: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new BenchError(error instanceof Error ? error.message : String(error));
  }
}

/** Without a scenario's name those of models; and always just the contenders they measure. */
function chosen(only: readonly string[]): Pick<Options, 'contenders' | 'scenarios'> {
  const ofModels = scenarios.filter(({ subject }) => subject === 'models');
  const named = scenarios.filter(({ name }) => only.includes(name));
  const picked = named.length === 0 ? ofModels : named;
  const fitting = contenders.filter((one) =>
    picked.some(({ subject }) => isMeasuredBy(one, subject)),
  );
  return { contenders: kept(fitting, only), scenarios: picked };
}

/** Those named; all of them when none is. */
function kept<T extends { readonly name: string }>(
  all: readonly T[],
  only: readonly string[],
): readonly T[] {
  const named = all.filter(({ name }) => only.includes(name));
  return named.length === 0 ? all : named;
}

function names(all: readonly { readonly name: string }[]): string {
  return all.map(({ name }) => name).join(' ');
}
