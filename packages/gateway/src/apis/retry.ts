import { Failure } from '@vitalgate/contract';
import type { ApiAdmitted } from '../request/exchange.ts';
import { endTrial, mayTry } from '../request/trial.ts';
import type { Running } from '../running.ts';
import { isTimeout, type Verdict } from '../upstream/classify.ts';
import { MAX_IN_FLIGHT, type ApiTarget } from './api.ts';

/** The upstreams that are still to be asked, and whether one more may be. */
export class Candidates {
  readonly #left: ApiTarget[];
  readonly #exchange: ApiAdmitted;
  readonly #running: Running;
  /** One was passed over because it has as many requests as it may. */
  isFull = false;

  constructor(candidates: readonly ApiTarget[], exchange: ApiAdmitted, running: Running) {
    this.#left = [...candidates];
    this.#exchange = exchange;
    this.#running = running;
  }

  /** The next upstream that may be asked now. */
  next(): ApiTarget | undefined {
    for (;;) {
      const target = this.#left.shift();
      if (target === undefined) return undefined;
      if (target.load.inFlight >= MAX_IN_FLIGHT) this.isFull = true;
      else if (mayTry(this.#exchange, target.id, this.#running)) return target;
    }
  }

  /** Another could be asked. */
  get areLeft(): boolean {
    return this.#left.length > 0;
  }

  /** One that can be asked beside another, on the same budget: serving, for to do so is no trial. */
  beside(): ApiTarget | undefined {
    const { receipt, matched } = this.#exchange;
    if (receipt.attempts >= matched.api.retries.attempts) return undefined;
    const health = this.#running.tracker.snapshot();
    const at = this.#left.findIndex(
      ({ id, load }) =>
        (health.get(id)?.state ?? 'serving') === 'serving' && load.inFlight < MAX_IN_FLIGHT,
    );
    if (at === -1 || !this.#running.retryBudget.withdraw()) return undefined;
    return this.#left.splice(at, 1)[0];
  }

  /** The next one, as far as attempts and the budget for repeated ones allow. */
  nextOnBudget(): ApiTarget | undefined {
    const { receipt, matched } = this.#exchange;
    if (receipt.attempts >= matched.api.retries.attempts) return undefined;
    const next = this.next();
    if (next === undefined) return undefined;
    if (this.#running.retryBudget.withdraw()) return next;
    endTrial(this.#exchange, this.#running);
    return undefined;
  }
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** It asks for nothing to be changed (RFC 9110, section 9.2.1). */
export const isSafe = (method: string): boolean => SAFE.has(method);

/** Whether the same request may reach an application twice (RFC 9110, section 9.2.2). */
export const isRepeatable = ({ request, matched }: ApiAdmitted, method: string): boolean =>
  matched.api.repeatable.has(method) || request.headers['idempotency-key'] !== undefined;

/** Nothing was reached, so nothing was sent. */
export const isUnsent = ({ fault, reason }: Verdict): boolean =>
  fault === 'network' && /^(?:connect_|dns_|tls_)|_unreachable$/.test(reason);

/** Writes an attempt down for the receipt. */
export function noteTry(
  { receipt }: ApiAdmitted,
  target: ApiTarget,
  reason: string,
  ms: number,
  running: Running,
): void {
  const state = running.tracker.snapshot().get(target.id)?.state ?? 'serving';
  receipt.upstreamMs += ms;
  receipt.tried.push({ target: target.id, credential: 'none', state, reason, ms });
}

/** What the caller is told of an attempt that was the last. */
export function asFailure({ id }: ApiTarget, verdict: Verdict): Failure {
  const { reason } = verdict;
  return isTimeout(verdict)
    ? new Failure(
        'upstream_timeout',
        `${id} failed: ${reason}; no other upstream could answer in time`,
      )
    : new Failure('upstream_error', `${id} failed: ${reason}; no other upstream could answer`);
}
