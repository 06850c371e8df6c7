import { Failure } from '@vitalgate/contract';
import type { Running } from '../running.ts';
import type { Arrival } from './exchange.ts';

/** A defect of ours: the log has it whole, the caller learns where it can be looked up. */
export function unexpected(error: unknown, { id }: Pick<Arrival, 'id'>, { log }: Running): Failure {
  log.error({ err: error, request: id }, 'a defect of the gateway');
  return new Failure('internal_error', `the gateway failed; the log knows more under ${id}`);
}
