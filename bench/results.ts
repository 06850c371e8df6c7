import type { Finding } from './scenarios.ts';
import { median } from './statistics.ts';

/** Everything one run found: one finding per contender, scenario and round. */
export interface Results {
  readonly takenAt: string;
  readonly machine: Readonly<Record<string, string | number | null>>;
  readonly rounds: number;
  readonly quick: boolean;
  /** Version of each contender that took part. */
  readonly versions: Readonly<Record<string, string>>;
  /** What would bring each contender that did not. */
  readonly missing: Readonly<Record<string, string>>;
  readonly findings: readonly Taken[];
}

export interface Taken extends Finding {
  readonly contender: string;
  readonly scenario: string;
  readonly round: number;
}

/** The median over the rounds of one figure. Undefined when no round has it. */
export function figureOf(
  results: Results,
  contender: string,
  scenario: string,
  figure: string,
): number | undefined {
  const values = results.findings
    .filter((taken) => taken.contender === contender && taken.scenario === scenario)
    .map((taken) => taken.figures[figure])
    .filter((value) => value !== undefined);
  return values.length === 0 ? undefined : median(values);
}
