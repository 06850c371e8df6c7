import type { Measurement, Outcome } from './check/outcome.ts';
import { HealthError } from './errors.ts';
import { defaultJudgePolicy, type JudgePolicy, type Level } from './judge/verdict.ts';
import { Private } from './private.ts';
import { defaultSchedulePolicy, type SchedulePolicy } from './schedule.ts';

/**
 * Whose trouble a failing check is. `local`: this process alone (its loop, its memory, its disk).
 * `dedicated`: something only this instance uses (a sidecar, its own database). `shared`:
 * something every instance uses; when it fails, taking this one out of service helps nobody.
 */
export type Scope = 'local' | 'dedicated' | 'shared';

/** What a failing check does to readiness. */
export type OnFail = 'fail' | 'warn' | 'ignore';

/** What to do about a failing check, for whoever is woken by it. */
export interface Runbook {
  /** 1 is gravest. */
  readonly severity?: 1 | 2 | 3 | 4;
  /** What it means for the business. */
  readonly impact?: string;
  /** What is checked and how. */
  readonly summary?: string;
  /** What to do first. */
  readonly action?: string;
  readonly url?: string;
}

export interface CheckOptions<S extends Scope = Scope> {
  readonly scope: S;
  /**
   * Looks once, without changing anything. Nothing, `true` or an outcome with `pass` is well;
   * `false`, an outcome with `fail` and anything thrown is not. Must stop when the signal aborts.
   */
  readonly run: (signal: AbortSignal) => unknown;
  /** Milliseconds; 1,000 for local, 2,000 for dedicated and 3,000 for shared checks. */
  readonly timeoutMs?: number;
  /** `warn` for shared checks, otherwise `fail`. */
  readonly onFail?: OnFail;
  /** Names of the checks whose failure explains a failure of this one. */
  readonly dependsOn?: readonly string[];
  /** Groups it belongs to beside the three probes; each can be asked for alone. */
  readonly groups?: readonly string[];
  /** Routes that cannot work without it: paths with `*` at the end or `{name}` for a segment. */
  readonly affects?: readonly string[];
  /** As in the health+json draft: `component`, `datastore`, `system` or a term of one's own. */
  readonly componentType?: string;
  readonly runbook?: Runbook;
  readonly schedule?: Partial<SchedulePolicy>;
  readonly judge?: Partial<JudgePolicy>;
}

/** A declared check: its options with every default filled in. */
export interface Check<S extends Scope = Scope> {
  readonly name: string;
  readonly scope: S;
  readonly run: (signal: AbortSignal) => unknown;
  readonly timeoutMs: number;
  readonly onFail: OnFail;
  readonly dependsOn: readonly string[];
  readonly groups: readonly string[];
  readonly affects: readonly string[];
  readonly componentType: string | undefined;
  readonly runbook: Runbook;
  readonly schedule: SchedulePolicy;
  readonly judge: JudgePolicy;
}

const timeouts: Readonly<Record<Scope, number>> = { local: 1_000, dedicated: 2_000, shared: 3_000 };

/**
 * Declares a check. Names are unique without regard to case, and hold letters, digits and `._-/`,
 * so that every format can carry them. Throws `invalid_check`.
 */
export function check<const S extends Scope>(name: string, options: CheckOptions<S>): Check<S> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/.test(name)) {
    throw new HealthError('invalid_check', `name: ${JSON.stringify(name)}`);
  }
  const { scope, timeoutMs = timeouts[scope] } = options;
  if (!(timeoutMs > 0))
    throw new HealthError('invalid_check', `${name}: a scope and a timeout above 0`);
  return {
    name,
    scope,
    run: options.run,
    timeoutMs,
    onFail: options.onFail ?? (scope === 'shared' ? 'warn' : 'fail'),
    dependsOn: options.dependsOn ?? [],
    groups: options.groups ?? [],
    affects: options.affects ?? [],
    componentType: options.componentType,
    runbook: options.runbook ?? {},
    schedule: { ...defaultSchedulePolicy, ...options.schedule },
    judge: { ...defaultJudgePolicy, ...options.judge },
  };
}

/** What anything a run may return means. */
export function outcomeOf(returned: unknown): Outcome {
  if (returned === false) return { status: 'fail', reason: 'failed' };
  if (typeof returned !== 'object' || returned === null) return { status: 'pass' };
  // A fetch that was answered with an error does not throw: its answer says `ok: false`.
  if ('ok' in returned && returned.ok === false)
    return { status: 'fail', reason: answered(returned) };
  if (!('status' in returned) || typeof returned.status !== 'string') return { status: 'pass' };
  const { status } = returned;
  if (status === 'pass' || status === 'warn' || status === 'fail') return sound(status, returned);
  return { status: 'fail', reason: 'unreadable_outcome', fault: 'gateway' };
}

/** A code is short; whoever writes a page into one is cut. */
const MAX_CODE = 200;

/** What of it every format can carry, whatever the check has put there. */
function sound(status: Level, told: object): Outcome {
  const { reason, fault, latencyMs, measured, detail } = told as Record<string, unknown>;
  const code = typeof reason === 'string' && reason !== '' ? reason.slice(0, MAX_CODE) : undefined;
  return {
    status,
    ...(status === 'pass' ? {} : { reason: code ?? 'failed' }),
    ...(isFault(fault) ? { fault } : {}),
    ...(isNumber(latencyMs) ? { latencyMs } : {}),
    ...(Array.isArray(measured) ? { measured: measured.filter(isMeasurement) } : {}),
    ...(detail instanceof Private ? { detail } : {}),
  };
}

const isNumber = (value: unknown): value is number => Number.isFinite(value);

const isFault = (value: unknown): value is NonNullable<Outcome['fault']> =>
  value === 'network' || value === 'provider' || value === 'gateway';

function isMeasurement(one: unknown): one is Measurement {
  if (typeof one !== 'object' || one === null) return false;
  const { name, value, unit } = one as Record<string, unknown>;
  const isShort = (text: unknown) => typeof text === 'string' && text.length <= MAX_CODE;
  const isValue = isNumber(value) || typeof value === 'boolean' || isShort(value);
  return isShort(name) && isValue && (unit === undefined || isShort(unit));
}

function answered(answer: object): string {
  return 'status' in answer && typeof answer.status === 'number'
    ? `http_${answer.status}`
    : 'failed';
}
