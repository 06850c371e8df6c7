import type { Target } from '../routing/routes.ts';
import type { Running } from '../running.ts';
import type { UpstreamCall } from '../upstream/call.ts';
import { broken } from '../upstream/classify.ts';
import type { Credential } from '../upstream/credentials.ts';
import { readRateLimits } from '../upstream/rate-limit.ts';
import type { Understood } from './exchange.ts';
import { endTrial } from './trial.ts';
import { isUncounted } from './uncounted.ts';

/** How long a count without a reset time is believed. */
const BELIEVED_MS = 60_000;

/** An attempt that is over: where it went, with what, and what became of it. */
interface Over {
  readonly target: Target;
  readonly credential: Credential;
  readonly call: UpstreamCall;
}

/**
 * Writes down what an attempt says, where it belongs: about its target, about the credential alone,
 * about the model, or about nobody. A real request is the strongest evidence there is.
 */
export function learn(running: Running, exchange: Understood, over: Over): void {
  const { target, credential, call } = over;
  const { fault, reason } = call.verdict;
  const { tracker, clock, metrics, log } = running;
  const { provider } = target;
  const { features } = exchange;
  const { measures } = target.load;
  const at = clock.now();
  if (fault === undefined) {
    const latencyMs = (call.firstByteAt ?? at) - call.startedAt;
    provider.answeredAt = at;
    provider.credentials.accepted(credential, target.model);
    target.load.answered(latencyMs, exchange.scanned.stream);
    target.load.features.succeeded(features, at);
    tracker.record(target.id, { at, source: 'traffic', ok: true, latencyMs }, provider.criteria);
    readLimits(running, target, credential, call);
    measures.attempted(features, true, false);
    if (exchange.scanned.stream) {
      metrics.streamed(target.counted ?? target.id, call);
      measures.streamed(call);
    }
    if (call.isStructured !== undefined) {
      measures.structured(call.isStructured);
      if (!call.isStructured) target.load.features.failed(['json'], at);
    }
  } else if (isUncounted(exchange, call)) {
    // It does not count: its models may be as well as they were.
    log.info({ target: target.id, reason }, 'tokens are not counted here');
  } else {
    const { retryAfterMs } = call;
    const wait = retryAfterMs === undefined ? undefined : { retryAfterMs };
    const failed = { at, source: 'traffic', ok: false, fault, reason, ...wait } as const;
    tracker.record(target.id, failed, provider.criteria);
    if (fault === 'provider' || fault === 'network')
      measures.attempted(features, false, reason === 'truncated_stream');
    // What cannot be reached cannot be reached for anything; what hangs up may mind a feature.
    const mayMind = fault === 'provider' || (fault === 'network' && call.isSent);
    if (mayMind) target.load.features.failed(features, at);
    if (fault === 'network') {
      // What cannot be reached for one model cannot be reached for the others: a hint for each,
      // outweighed by any request of theirs that is answered.
      for (const sibling of provider.targetIds) {
        if (sibling === target.id) continue;
        const hint = { at, source: 'signal', ok: false, fault, reason } as const;
        tracker.record(sibling, hint, provider.criteria);
      }
    }
    if (fault === 'credential' || fault === 'quota') {
      // 403 and 429 speak of one model, 401 and an empty account of all.
      const isOfModel = reason === 'http_429' || reason === 'http_403';
      const model = isOfModel ? target.model : undefined;
      provider.credentials.rest(credential, model, { fault, reason }, at, retryAfterMs);
    }
    if (fault === 'model') target.load.retire(at);
    metrics.attemptFailed(target.counted ?? target.id, fault, reason);
    if (fault !== 'client') log.info({ target: target.id, fault, reason }, 'attempt failed');
  }
  // A caller's own mistake is no evidence, and must not keep the trial.
  endTrial(exchange, running);
}

/** That a target said nothing where another has answered: a failed request, given up by us. */
export function learnOfSilence({ tracker, clock, metrics, log }: Running, target: Target): void {
  const { fault, reason } = broken.silent;
  if (fault === undefined) return;
  const failed = { at: clock.now(), source: 'traffic', ok: false, fault, reason } as const;
  tracker.record(target.id, failed, target.provider.criteria);
  metrics.attemptFailed(target.counted ?? target.id, fault, reason);
  log.info({ target: target.id, fault, reason }, 'attempt failed');
}

/** What the provider says is left: traffic moves to where there is more before a limit is met. */
function readLimits(
  { clock }: Running,
  { provider: { credentials }, model }: Target,
  credential: Credential,
  call: UpstreamCall,
): void {
  const limits = readRateLimits((name) => call.header(name), clock.wall());
  const tightest = limits.toSorted((a, b) => a.remaining / a.limit - b.remaining / b.limit)[0];
  if (tightest === undefined) return;
  const until = clock.now() + (tightest.resetMs ?? BELIEVED_MS);
  credentials.setLeft(credential, model, tightest.remaining / tightest.limit, until);
}
