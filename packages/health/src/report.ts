/**
 * What is told, before it is told in anybody's format: one immutable value that every writer
 * under `report/` turns into a standard's words and codes. Only `detail` is not for everybody.
 */
import type { Phase, Probe } from './aggregate.ts';
import type { Measurement } from './check/outcome.ts';
import type { OnFail, Runbook, Scope } from './definition.ts';
import type { Level } from './judge/verdict.ts';
import type { Private } from './private.ts';
import type { Status } from './status.ts';

export interface Report {
  /** The same for one report only, in this process and any other; for ETags. */
  readonly id: string;
  readonly service: Service;
  /** What was asked after: a probe, a group or check by its name, or all of it (`health`). */
  readonly view: string;
  /** Which of the three probes it answers; undefined for everything else. */
  readonly probe: Probe | undefined;
  readonly phase: Phase;
  readonly status: Level;
  /** Public codes of what keeps it from passing; `<check>:<reason>` where a check does. */
  readonly reasons: readonly string[];
  /** Wall-clock milliseconds of the latest change. */
  readonly at: number;
  /** Wall-clock milliseconds until when nothing newer is to be expected. */
  readonly freshUntil: number;
  /** In the order of being added. */
  readonly checks: readonly CheckReport[];
}

export interface Service {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly releaseId: string | undefined;
  readonly description: string | undefined;
  readonly instance: string;
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
}

export interface CheckReport {
  readonly name: string;
  readonly status: Status;
  /** A public code; undefined when `pass`. */
  readonly reason: string | undefined;
  readonly scope: Scope;
  /** What its failure does to readiness. */
  readonly onFail: OnFail;
  readonly probes: readonly Probe[];
  readonly groups: readonly string[];
  readonly componentType: string | undefined;
  /** Wall-clock milliseconds of the last change of its verdict. */
  readonly since: number;
  /** The newest reading; undefined before the first. */
  readonly reading: ReadingReport | undefined;
  readonly measured: readonly Measurement[];
  /** Root causes that explain its trouble. */
  readonly impairedBy: readonly string[];
  /** Routes that cannot work without it. */
  readonly affects: readonly string[];
  readonly runbook: Runbook;
  /** What only the trusted may read. */
  readonly detail: Private<string> | undefined;
}

export interface ReadingReport {
  /** Wall-clock milliseconds of the reading, not of the asking. */
  readonly at: number;
  readonly durationMs: number;
  /** Undefined when it gave no verdict. */
  readonly level: Level | undefined;
}
