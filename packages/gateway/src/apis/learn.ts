import type { Running } from '../running.ts';
import { endTrial } from '../request/trial.ts';
import type { ApiAdmitted } from '../request/exchange.ts';
import type { Verdict } from '../upstream/classify.ts';
import type { ApiTarget } from './api.ts';

/** An upstream that says one of these speaks of itself, or of what stands behind it. */
const ITS_OWN: ReadonlySet<number> = new Set([502, 503, 504]);

/** Writes down what the head of an answer says about the upstream that gave it. */
export function learnFromHead(
  exchange: ApiAdmitted,
  target: ApiTarget,
  status: number,
  latencyMs: number,
  running: Running,
): void {
  const { tracker, clock, metrics } = running;
  const at = clock.now();
  if (status >= 500) metrics.attemptFailed(target.id, 'provider', `http_${status}`);
  if (isFailure(exchange, target, status, running)) {
    const reason = `http_${status}`;
    const failed = { at, source: 'traffic', ok: false, fault: 'provider', reason } as const;
    tracker.record(target.id, failed, target.criteria);
  } else if (status < 500 || exchange.trial !== undefined) {
    // Whatever an application answers its callers, it has answered.
    target.load.answeredAt = at;
    tracker.record(target.id, { at, source: 'traffic', ok: true, latencyMs }, target.criteria);
  }
  endTrial(exchange, running);
}

/**
 * A 500 may be one page's defect. It counts while another upstream serves, which does not have it or
 * else shows that it is everywhere; the last one is not taken away for what it answers.
 */
function isFailure(
  { matched }: ApiAdmitted,
  target: ApiTarget,
  status: number,
  { tracker }: Running,
): boolean {
  if (status < 500) return false;
  if (ITS_OWN.has(status)) return true;
  const health = tracker.snapshot();
  return matched.api.targets.some(
    ({ id }) => id !== target.id && health.get(id)?.state === 'serving',
  );
}

/** Writes down that an attempt got no answer, or only a part of one. */
export function learnFromFailure(
  exchange: ApiAdmitted,
  target: ApiTarget,
  verdict: Verdict,
  running: Running,
): void {
  learnBeside(target, verdict, running);
  endTrial(exchange, running);
}

/** The same of one that was asked beside another, whose trial goes on. */
export function learnBeside(
  target: ApiTarget,
  { fault, reason }: Verdict,
  { tracker, clock, metrics, log }: Running,
): void {
  if (fault === undefined) return;
  const failed = { at: clock.now(), source: 'traffic', ok: false, fault, reason } as const;
  tracker.record(target.id, failed, target.criteria);
  metrics.attemptFailed(target.id, fault, reason);
  if (fault !== 'client') log.info({ target: target.id, fault, reason }, 'attempt failed');
}
