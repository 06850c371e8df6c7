import type { Target } from '../overview.ts';

/** Puts a target into a state, with all that follows from it. */
export function become(target: Target, state: Target['state'], now: number): void {
  const isWell = state === 'serving';
  target.state = state;
  target.status = isWell ? 'pass' : state === 'ramping' ? 'warn' : 'fail';
  target.since = new Date(now).toISOString();
  target.reason = isWell ? null : state === 'drained' ? 'operator_drain' : 'http_529';
  target.share = isWell ? 1 : state === 'ramping' ? 0.3 : 0;
  target.restMs = state === 'resting' ? 7000 : null;
}
