import { HealthError } from '../errors.ts';
import type { Found } from './asking.ts';

/** From where on something that is better small is no longer well. */
export interface Bounds {
  readonly warn?: number;
  readonly fail?: number;
}

/** Throws `invalid_check` when a warning would come after the failure. */
export function bounds(given: Bounds, usual: Required<Bounds>): Required<Bounds> {
  const { warn = Math.min(usual.warn, given.fail ?? Infinity), fail = usual.fail } = given;
  if (warn <= fail) return { warn, fail };
  throw new HealthError('invalid_check', `warn: ${warn} is above fail: ${fail}`);
}

/** The reasons are `<what>_high` and `<what>_critical`. */
export function graded(value: number, limits: Required<Bounds>, what: string): Found {
  if (value >= limits.fail) return { status: 'fail', reason: `${what}_critical` };
  return value >= limits.warn ? { status: 'warn', reason: `${what}_high` } : { status: 'pass' };
}
