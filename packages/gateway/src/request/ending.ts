import { failureKinds, type Failure, type FailureCode } from '@vitalgate/contract';
import type { Fault } from '@vitalgate/health';

/**
 * How a request ended. *Refused* is what its caller alone could have made otherwise: its key, its
 * network, its limits and budgets, what it asked for, by whomever it was refused. *Failed* is all else
 * that did not complete. Every count, ratio, alert and metric tells the two apart by this.
 */
export type Outcome = 'completed' | 'refused' | 'failed' | 'abandoned';

/** Of a failure told by the gateway; its quotas are the caller's own. */
export const endOf = ({ fault }: Failure): Outcome =>
  fault === 'client' || fault === 'quota' ? 'refused' : 'failed';

/** Of an answer by a provider, whose quotas are the operator's. */
export function endOfAnswer(fault: Fault | undefined): Outcome {
  if (fault === undefined) return 'completed';
  return fault === 'client' ? 'refused' : 'failed';
}

/** Of an answer that was cut: for one of our codes, or for what its upstream did. */
export const endOfCut = (reason: string): Outcome =>
  Object.hasOwn(failureKinds, reason) && failureKinds[reason as FailureCode].fault === 'client'
    ? 'refused'
    : 'failed';
