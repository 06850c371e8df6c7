/**
 * The health of one service: checks that run in the background, three probes that read what is
 * known, and a life from starting to draining. Whoever asks reads a value that is already there.
 */
import { hostname } from 'node:os';
import {
  agesAt,
  liveness,
  probes,
  readiness,
  stand,
  startup,
  type Phase,
  type Probe,
  type Snapshot,
  type Standing,
} from './aggregate.ts';
import { impairments, type Dependent } from './causes.ts';
import { compose } from './compose.ts';
import { systemClock, type Cancel, type Clock } from './clock.ts';
import type { Check, Scope } from './definition.ts';
import { watchLoop, type Doubt } from './doubt.ts';
import { HealthError } from './errors.ts';
import { Runner, type CheckState } from './runner.ts';
import type { Report, Service } from './report.ts';
import { covers } from './routes.ts';
import { transitions, type Transition } from './transitions.ts';
import { explainCheck, type CheckWhy } from './why-check.ts';

export interface HealthOptions {
  readonly name?: string;
  readonly version?: string;
  readonly releaseId?: string;
  readonly description?: string;
  /** Which of many equal processes this is; host name and process id when not given. */
  readonly instance?: string;
  /** How long a start may take before liveness counts, in milliseconds; 60,000 when not given. */
  readonly maxStartMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** The checks behind one probe. Only checks of the scopes `S` may be added. */
export interface CheckSet<S extends Scope> {
  /**
   * Begins to run the checks and counts them in. Throws `duplicate_check` for a second check of a
   * name, and `unknown_check` when one depends on a check that was not added before.
   */
  add(...checks: readonly Check<S>[]): CheckSet<S>;
}

export interface Affected {
  readonly check: string;
  readonly reason: string;
  readonly retryAfterMs: number;
}

/** Asking for a fresh look more often than this brings the one before. */
const REFRESH_MS = 1_000;

export class Health {
  readonly service: Service;
  /** The time it lives by; whoever serves it lives by the same. */
  readonly clock: Clock;
  readonly liveness: CheckSet<'local'>;
  readonly readiness: CheckSet<Scope>;
  readonly startup: CheckSet<Scope>;
  readonly #random: () => number;
  readonly #doubt: Doubt;
  readonly #began: number;
  readonly #maxStartMs: number;
  readonly #runners = new Map<string, Runner>();
  readonly #members: Readonly<Record<Probe, Set<string>>> = {
    liveness: new Set(),
    readiness: new Set(),
    startup: new Set(),
  };
  readonly #tasks = new Set<string>();
  readonly #listeners = new Set<(change: Transition) => void>();
  #isStarted = false;
  #isMaintained = false;
  #isDraining = false;
  /** Checks added in the turn of creation can still take part in the start. */
  #mayStart = false;
  #edition = 0;
  #snapshot: Snapshot;
  /** Built when first asked for, and for as long as the snapshot stands. */
  #reports: { of: Snapshot; views: Map<string, Report> };
  /** When age alone changes the snapshot. */
  #due = Infinity;
  #stopTimer: Cancel | undefined;

  constructor(options: HealthOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#began = this.clock.now();
    this.#maxStartMs = options.maxStartMs ?? 60_000;
    const { name, version, releaseId, description } = options;
    const instance = options.instance ?? `${hostname()}:${process.pid}`;
    const startedAt = this.clock.wall();
    this.service = { name, version, releaseId, description, instance, startedAt };
    this.#doubt = watchLoop(this.clock);
    this.liveness = this.#set('liveness', (check) => check.scope === 'local');
    this.readiness = this.#set('readiness', () => true);
    this.startup = this.#set('startup', () => true);
    this.#snapshot = this.#look();
    this.#reports = { of: this.#snapshot, views: new Map() };
    this.clock.after(0, () => {
      this.#mayStart = true;
      this.#update();
    });
  }

  /** What is known now, without any work: the same object until something changed. */
  snapshot(): Snapshot {
    // On a loop that was blocked the timer that would have told of age has not run either.
    if (this.clock.now() >= this.#due) this.#update();
    return this.#snapshot;
  }

  /**
   * The same, for one view: a probe, a group, a check, or everything (`health`). Undefined when
   * there is nothing of this name.
   */
  report(view = 'health'): Report | undefined {
    const snapshot = this.snapshot();
    if (this.#reports.of !== snapshot) this.#reports = { of: snapshot, views: new Map() };
    const { views } = this.#reports;
    const known = views.get(view);
    if (known !== undefined) return known;
    const report = compose(view, snapshot, this.service);
    // Names that are not there are not kept: whoever asks for many would fill the memory.
    if (report !== undefined) views.set(view, report);
    return report;
  }

  /** Keeps the start from being over until the function it answers is called. */
  starting(task: string): () => void {
    this.#tasks.add(task);
    this.#update();
    return () => {
      this.#tasks.delete(task);
      this.#update();
    };
  }

  /**
   * Leaves service: readiness fails from now on, liveness goes on. Resolves after `delayMs`, when
   * whoever routes here can be expected to have noticed: two probes of 10 s and a margin of 5 s.
   */
  drain(delayMs = 25_000): Promise<void> {
    this.#isDraining = true;
    this.#update();
    return new Promise((over) => this.clock.after(delayMs, over));
  }

  /** Out of service for a while, on purpose. */
  maintenance(on: boolean): void {
    this.#isMaintained = on;
    this.#update();
  }

  /**
   * Runs one check, or all, now; resolves when they are read. What was read a moment ago is not
   * read again, and a run in flight is waited for, so that no number of callers adds work.
   * Throws `unknown_check`.
   */
  async refresh(name?: string): Promise<void> {
    const runners = name === undefined ? [...this.#runners.values()] : [this.#runner(name)];
    const isOld = ({ state }: Runner): boolean =>
      state.reading === undefined || this.clock.now() - state.reading.at >= REFRESH_MS;
    await Promise.all(runners.filter(isOld).map((runner) => runner.run()));
  }

  /** Which failing check a route cannot do without, if any. */
  affected(path: string): Affected | undefined {
    const standing = this.snapshot().checks.find(
      ({ status, state }) =>
        status === 'fail' && state.check.affects.some((route) => covers(route, path)),
    );
    if (standing === undefined) return undefined;
    const { state, reason = 'failed' } = standing;
    return { check: state.check.name, reason, retryAfterMs: state.intervalMs };
  }

  /** The readings and the rule behind a check's verdict. */
  why(name: string): CheckWhy | undefined {
    const standing = this.snapshot().checks.find(({ state }) => state.check.name === name);
    return standing && explainCheck(standing, this.clock.now());
  }

  /** Calls `listener` after each change of a check or of a probe. */
  onTransition(listener: (change: Transition) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends all checks. What is known stays readable. */
  close(): void {
    this.#doubt.stop();
    this.#stopTimer?.();
    for (const runner of this.#runners.values()) runner.stop();
  }

  #set<S extends Scope>(probe: Probe, accepts: (check: Check) => boolean): CheckSet<S> {
    const set: CheckSet<S> = {
      add: (...checks) => {
        for (const check of checks) {
          if (!accepts(check)) throw new HealthError('scope_not_allowed', check.name);
          this.#admit(check);
          this.#members[probe].add(check.name);
        }
        this.#update();
        return set;
      },
    };
    return set;
  }

  #admit(check: Check): void {
    const known = this.#runners.get(check.name.toLowerCase());
    if (known?.state.check === check) return;
    if (known !== undefined) throw new HealthError('duplicate_check', check.name);
    for (const name of check.dependsOn) this.#runner(name);
    const runner = new Runner(check, {
      clock: this.clock,
      doubt: this.#doubt,
      random: this.#random,
      instance: this.service.instance,
      onReading: () => this.#update(),
    });
    this.#runners.set(check.name.toLowerCase(), runner);
    runner.start();
  }

  #runner(name: string): Runner {
    const runner = this.#runners.get(name.toLowerCase());
    if (runner === undefined) throw new HealthError('unknown_check', name);
    return runner;
  }

  get #phase(): Phase {
    if (this.#isDraining) return 'draining';
    if (!this.#isStarted) return 'starting';
    return this.#isMaintained ? 'maintenance' : 'ready';
  }

  /** Takes a new look and tells what changed. The only place where the snapshot is replaced. */
  #update(): void {
    const before = this.#snapshot;
    const now = this.#look();
    this.#snapshot = now;
    this.#stopTimer?.();
    const at = this.clock.now();
    this.#due = Math.min(...now.checks.map(({ state }) => agesAt(state, at)), this.#grace);
    this.#stopTimer =
      this.#due === Infinity ? undefined : this.clock.after(this.#due - at, () => this.snapshot());
    for (const change of transitions(before, now)) {
      for (const listener of this.#listeners) listener(change);
    }
  }

  #look(): Snapshot {
    const now = this.clock.now();
    const states = [...this.#runners.values()].map(({ state }) => state);
    const explained = impairments(states.map(dependent));
    const checks = states.map((state) => ({
      ...stand(state, now),
      probes: probes.filter((probe) => this.#members[probe].has(state.check.name)),
      impairedBy: explained.get(state.check.name) ?? [],
    }));
    const of = (probe: Probe): Standing[] => checks.filter((one) => one.probes.includes(probe));
    this.#isStarted ||= this.#mayStart && this.#tasks.size === 0 && of('startup').every(isUp);
    const phase = this.#phase;
    this.#edition += 1;
    return {
      edition: this.#edition,
      at: this.clock.wall(),
      phase,
      probes: {
        liveness: liveness(of('liveness'), this.#grace < Infinity),
        readiness: readiness(of('readiness'), phase),
        startup: startup(of('startup'), phase, [...this.#tasks]),
      },
      checks,
    };
  }

  /** Until when the start excuses a failing liveness; Infinity when it excuses nothing (any more). */
  get #grace(): number {
    const until = this.#began + this.#maxStartMs;
    return this.#isStarted || this.clock.now() >= until ? Infinity : until;
  }
}

/** One line to a service's health. */
export function createHealth(options: HealthOptions = {}): Health {
  return new Health(options);
}

const isUp = ({ status }: Standing): boolean => status === 'pass' || status === 'warn';

/** A check in question counts as troubled: its cause may need as many readings to be judged. */
function dependent({ check, verdict, reading }: CheckState): Dependent {
  const isDown = verdict.status === 'fail' || verdict.status === 'warn';
  const { name, dependsOn } = check;
  return { name, dependsOn, isTroubled: isDown || reading?.level === 'fail' };
}
