import type { Target } from '../routing/routes.ts';
import type { Running } from '../running.ts';
import type { UpstreamCall } from '../upstream/call.ts';

/** Writes down what an attempt that is over says about its target: a real request is evidence. */
export function learn(running: Running, target: Target, call: UpstreamCall): void {
  const { fault, reason } = call.verdict;
  const { tracker, clock, metrics, log } = running;
  const at = clock.now();
  if (fault === undefined) {
    target.provider.answeredAt = at;
    const latencyMs = (call.firstByteAt ?? at) - call.startedAt;
    tracker.record(target.id, { at, source: 'traffic', ok: true, latencyMs });
  } else {
    const { retryAfterMs } = call;
    const wait = retryAfterMs === undefined ? undefined : { retryAfterMs };
    tracker.record(target.id, { at, source: 'traffic', ok: false, fault, reason, ...wait });
    metrics.attemptFailed(target.id, fault, reason);
    if (fault !== 'client') log.info({ target: target.id, fault, reason }, 'attempt failed');
  }
  // A caller's own mistake is no evidence, and must not keep the trial.
  tracker.releaseTrial(target.id);
}
