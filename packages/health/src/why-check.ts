/** Tells what a check's verdict rests on: the readings, the rule and one sentence for people. */
import type { Standing } from './aggregate.ts';
import { heldUntil, type JudgePolicy, type Level, type VerdictRule } from './judge/verdict.ts';
import type { Reading } from './runner.ts';
import type { Status } from './status.ts';

/** Codes, numbers and a sentence made of them; what was said by others stays private. */
export interface CheckWhy {
  readonly check: string;
  readonly status: Status;
  readonly reason: string | undefined;
  /** Wall-clock milliseconds of the verdict. */
  readonly since: number;
  readonly rule: VerdictRule;
  readonly words: string;
  /** The readings the rule looks at, newest last. */
  readonly recent: readonly Level[];
  readonly reading: Reading | undefined;
  /** Finished runs by what they brought. */
  readonly runs: Readonly<Record<Level | 'abstained', number>>;
  /** Milliseconds until it may improve, whatever is read. */
  readonly heldForMs: number;
  readonly impairedBy: readonly string[];
  readonly policy: JudgePolicy;
}

export function explainCheck(
  { state, status, reason, impairedBy }: Standing,
  now: number,
): CheckWhy {
  const { check, verdict, reading, runs, since } = state;
  const mayImprove = verdict.status === 'warn' || verdict.status === 'fail';
  const heldForMs = mayImprove ? Math.max(0, heldUntil(verdict, check.judge) - now) : 0;
  const { rule, recent } = verdict;
  const words = [
    sentence[rule](check.judge, verdict.status),
    reading && last(reading, now),
    heldForMs > 0 &&
      `It is held for another ${seconds(heldForMs)}${verdict.damped ? ': it fell often' : ''}.`,
    impairedBy.length > 0 && `Impaired by ${impairedBy.join(', ')}.`,
    reason === 'stale' && 'Nothing newer was read, so it is not trusted any more.',
  ].filter((part) => typeof part === 'string');
  return {
    check: check.name,
    status,
    reason,
    since,
    rule,
    words: words.join(' '),
    recent,
    reading,
    runs,
    heldForMs,
    impairedBy,
    policy: check.judge,
  };
}

const sentence: Readonly<Record<VerdictRule, (policy: JudgePolicy, status: Status) => string>> = {
  unseen: () => 'Too little was read to say anything.',
  first_success: (_, status) => `Its first success made it ${status}.`,
  fall: ({ fall }, status) => `${fall} readings in a row made it ${status}.`,
  rise: ({ rise }, status) => `${rise} better readings in a row made it ${status}.`,
};

function last({ at, level, reason, durationMs }: Reading, now: number): string {
  const what = level ?? 'no verdict';
  const why = reason === undefined ? '' : ` (${reason})`;
  return `Last reading: ${what}${why}, ${seconds(now - at)} ago, in ${Math.round(durationMs)} ms.`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
