/**
 * Runs one check in the background: one run in flight at any time, also after a timeout, since a
 * dependency that hangs is not helped by more questions.
 */
import type { Cancel, Clock } from './clock.ts';
import type { Measurement, Outcome } from './check/outcome.ts';
import { reasonOf } from './check/reason.ts';
import { outcomeOf, type Check } from './definition.ts';
import type { Doubt } from './doubt.ts';
import { judge, unseen, type Level, type Verdict } from './judge/verdict.ts';
import { Private } from './private.ts';
import { interval, jittered, splay } from './schedule.ts';

/** What one run brought. */
export interface Reading {
  /** When it was known, in monotonic and in wall-clock milliseconds. */
  readonly at: number;
  readonly wall: number;
  /** Undefined when the run gave no verdict: the check itself broke, or this process was late. */
  readonly level: Level | undefined;
  readonly reason: string | undefined;
  readonly durationMs: number;
  readonly measured: readonly Measurement[];
  readonly detail: Private<string> | undefined;
}

/** Everything known of one check. A value: another takes its place with each reading. */
export interface CheckState {
  readonly check: Check;
  readonly verdict: Verdict;
  /** Wall-clock milliseconds of the last change of the verdict. */
  readonly since: number;
  readonly reading: Reading | undefined;
  /** The code of the latest reading that was not well. */
  readonly trouble: string | undefined;
  /** Failed readings in a row. */
  readonly failures: number;
  /** Milliseconds from the latest reading to the next, as planned. */
  readonly intervalMs: number;
  /** Finished runs by what they brought, since the start. */
  readonly runs: Readonly<Record<Level | 'abstained', number>>;
}

export interface RunnerContext {
  readonly clock: Clock;
  readonly doubt: Doubt;
  /** Which of many equal processes this is, for the splay. */
  readonly instance: string;
  readonly random: () => number;
  readonly onReading: (now: CheckState, before: CheckState) => void;
}

/** A fleet that starts at once should not ask at once: first readings are spread over a second. */
const FIRST_SPLAY_MS = 1_000;
const LAST_WORD_MS = 10;

export class Runner {
  readonly #context: RunnerContext;
  #state: CheckState;
  #inFlight: { readonly since: number; readonly read: Promise<void> } | undefined;
  #abort: AbortController | undefined;
  #next: Cancel | undefined;
  #stopped = false;

  constructor(check: Check, context: RunnerContext) {
    this.#context = context;
    this.#state = {
      check,
      verdict: unseen(context.clock.now()),
      since: context.clock.wall(),
      reading: undefined,
      trouble: undefined,
      failures: 0,
      intervalMs: check.schedule.intervalMs,
      runs: { pass: 0, warn: 0, fail: 0, abstained: 0 },
    };
  }

  get state(): CheckState {
    return this.#state;
  }

  start(): void {
    const { check } = this.#state;
    const place = splay(this.#context.instance, check.name);
    this.#plan(place * Math.min(FIRST_SPLAY_MS, check.schedule.intervalMs));
  }

  stop(): void {
    this.#stopped = true;
    this.#next?.();
    this.#abort?.abort(new DOMException('Stopped.', 'AbortError'));
  }

  /**
   * Looks now. Whoever asks while a run is in flight waits for that one. Resolves with its
   * reading, at the latest when its time is over; never rejects.
   */
  run(): Promise<void> {
    return this.#inFlight?.read ?? this.#begin();
  }

  #tick(): void {
    if (this.#inFlight === undefined) {
      void this.run();
      return;
    }
    // The run before was given up on and is still in flight. That is a reading, too.
    this.#read({ status: 'fail', reason: 'still_running' }, this.#inFlight.since);
  }

  #begin(): Promise<void> {
    const { clock, doubt } = this.#context;
    const { check } = this.#state;
    const since = clock.now();
    const abort = new AbortController();
    this.#abort = abort;
    this.#next?.();
    const { promise: read, resolve } = Promise.withResolvers<void>();
    // Before the attempt: a check that throws at once is over before this function is.
    this.#inFlight = { since, read };
    let isOver = false;
    let isLate = false;
    const end = (outcome: Outcome): void => {
      if (!isOver) this.#read(isLate ? timedOut(outcome) : outcome, since);
      isOver = true;
      resolve();
    };
    const stopTimer = clock.after(check.timeoutMs * doubt.patience, () => {
      isLate = true;
      abort.abort(new DOMException('The check took too long.', 'TimeoutError'));
      // A moment for the check to say how far it got: a pool without a free connection is not a
      // database without an answer.
      clock.after(LAST_WORD_MS, () => end({ status: 'fail', reason: 'timeout' }));
    });
    void this.#attempt(check, abort.signal, stopTimer).then(end);
    return read;
  }

  /** Whatever happens in a check is an outcome: one that throws must not silence the others. */
  async #attempt(check: Check, signal: AbortSignal, stopTimer: Cancel): Promise<Outcome> {
    try {
      return outcomeOf(await check.run(signal));
    } catch (error) {
      return thrown(error);
    } finally {
      stopTimer();
      this.#inFlight = undefined;
    }
  }

  #read(outcome: Outcome, since: number): void {
    if (this.#stopped) return;
    const { clock, doubt } = this.#context;
    const before = this.#state;
    const { check } = before;
    const at = clock.now();
    const isDoubtful = outcome.reason === 'timeout' && doubt.wasLate(since);
    const level = outcome.fault === 'gateway' || isDoubtful ? undefined : outcome.status;
    const verdict =
      level === undefined ? before.verdict : judge(before.verdict, level, at, check.judge);
    const failures =
      level === undefined ? before.failures : level === 'fail' ? before.failures + 1 : 0;
    const beyond = failures - check.judge.fall + 1;
    const occasion = { verdict: verdict.status, reading: level, failures: beyond };
    const wall = clock.wall();
    this.#state = {
      check,
      verdict,
      since: verdict.status === before.verdict.status ? before.since : wall,
      reading: {
        at,
        wall,
        level,
        reason: isDoubtful ? 'own_loop_late' : outcome.reason,
        durationMs: at - since,
        measured: outcome.measured ?? [],
        detail: outcome.detail,
      },
      trouble: level === undefined || level === 'pass' ? before.trouble : outcome.reason,
      failures,
      intervalMs: interval(occasion, check.schedule),
      runs: { ...before.runs, [level ?? 'abstained']: before.runs[level ?? 'abstained'] + 1 },
    };
    this.#plan(this.#state.intervalMs);
    this.#context.onReading(this.#state, before);
  }

  #plan(ms: number): void {
    const { clock, random } = this.#context;
    this.#next?.();
    this.#next = clock.after(jittered(ms, this.#state.check.schedule.jitter, random()), () =>
      this.#tick(),
    );
  }
}

/** Whatever a check answers after its time, it was too late. */
function timedOut(outcome: Outcome): Outcome {
  const hasReason = outcome.status === 'fail' && outcome.reason !== 'aborted';
  const { fault: _, ...rest } = outcome;
  return hasReason ? rest : { ...rest, status: 'fail', reason: 'timeout' };
}

/** Anything can be thrown, also what cannot be looked at without throwing again. */
function thrown(error: unknown): Outcome {
  try {
    return described(error);
  } catch {
    return { status: 'fail', reason: 'failed' };
  }
}

function described(error: unknown): Outcome {
  // These say that the check is written wrongly, not that what it looks at is unwell.
  const isOurs = error instanceof ReferenceError || error instanceof SyntaxError;
  if (isOurs)
    return { status: 'fail', reason: 'checker_broke', fault: 'gateway', detail: words(error) };
  return { status: 'fail', reason: reasonOf(error), detail: words(error) };
}

/** Of what a driver says, this much is kept for those who may read it. */
const MAX_WORDS = 4096;

function words(error: unknown): Private<string> {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Private(text.slice(0, MAX_WORDS));
}
