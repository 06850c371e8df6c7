export type { Answer, Phase, Probe, Snapshot, Standing } from './aggregate.ts';
export type { Look, Measurement, Outcome } from './check/outcome.ts';
export { systemClock, VirtualClock, type Cancel, type Clock } from './clock.ts';
export {
  check,
  type Check,
  type CheckOptions,
  type OnFail,
  type Runbook,
  type Scope,
} from './definition.ts';
export { HealthError, healthErrors, type HealthErrorCode } from './errors.ts';
export {
  createHealth,
  type Affected,
  type CheckSet,
  type Health,
  type HealthOptions,
} from './health.ts';
export type { JudgePolicy, Level, VerdictRule } from './judge/verdict.ts';
export type { Fault, Observation, Source } from './observation.ts';
export { defaultTrackerPolicy, type TrackerPolicy } from './policy.ts';
export { Private } from './private.ts';
export type { CheckReport, ReadingReport, Report, Service } from './report.ts';
export type { CheckState, Reading } from './runner.ts';
export type { SchedulePolicy } from './schedule.ts';
export type { Status } from './status.ts';
export type { TargetState } from './target-state.ts';
export type { TargetHealth } from './target.ts';
export type { SavedTarget, TrackerState } from './tracker-state.ts';
export { Tracker, type TargetChange, type TrackerOptions } from './tracker.ts';
export type { Transition } from './transitions.ts';
export type { CheckWhy } from './why-check.ts';
export type { SeenFailure, SourceEvidence, Why } from './why.ts';
