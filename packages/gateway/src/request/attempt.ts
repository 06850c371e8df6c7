import { Failure } from '@vitalgate/contract';
import { replaceModel, wires } from '@vitalgate/dialects';
import type { Target } from '../routing/routes.ts';
import type { Running } from '../running.ts';
import { UpstreamCall, type CallTimeouts } from '../upstream/call.ts';
import { isTimeout } from '../upstream/classify.ts';
import { noHealthyTarget } from './choose.ts';
import { learn } from './learn.ts';
import type { Attempted, Chosen } from './exchange.ts';

/** Told when the caller has gone: there is nobody left to answer. */
export class CallerLeft extends Error {
  override readonly name = 'CallerLeft';
}

/** Where nothing is configured, a whole answer may think longer before its first byte. */
const FIRST_TOKEN_STREAMED_MS = 20_000;
const FIRST_TOKEN_WHOLE_MS = 60_000;

/**
 * Stage 5: tries one target after the other, until one gives an answer that can be promised to the
 * caller. An answer that another target could not better (the caller's own mistake) is one too.
 */
export async function attempt(chosen: Chosen, running: Running): Promise<Attempted> {
  const { candidates, receipt, route, response } = chosen;
  const { tracker, retryBudget } = running;
  let last: { target: Target; call: UpstreamCall } | undefined;
  let isFull = false;

  for (const target of candidates) {
    if (tracker.snapshot().get(target.id)?.state === 'probing' && !tracker.claimTrial(target.id)) {
      continue;
    }
    if (target.provider.isFull) {
      isFull = true;
      tracker.releaseTrial(target.id);
      continue;
    }
    const isRetry = receipt.attempts > 0;
    if (isRetry && !retryBudget.withdraw()) {
      tracker.releaseTrial(target.id);
      break;
    }
    if (!isRetry) retryBudget.deposit();

    const call = start(chosen, target, running);
    receipt.attempts += 1;
    receipt.target = target;
    chosen.onCallerLeft = () => call.cancel();
    await call.settled;
    chosen.onCallerLeft = undefined;
    receipt.upstreamMs += running.clock.now() - call.startedAt;

    if (response.destroyed) {
      tracker.releaseTrial(target.id);
      throw new CallerLeft();
    }
    const { verdict } = call;
    if (verdict.fault === undefined) {
      if (isRetry) retryBudget.refund();
      return Object.assign(chosen, { target, call });
    }
    learn(running, target, call);
    last = { target, call };
    if (!verdict.anotherCanHelp) break;
  }

  if (last !== undefined && isToldAsItIs(last.call)) return Object.assign(chosen, last);
  if (last !== undefined) throw asFailure(last.target, last.call);
  if (isFull) {
    throw new Failure('overloaded', `the providers of ${route.name} are full; wait and try again`, {
      retryAfter: 1,
    });
  }
  throw noHealthyTarget(running, route.name, route.targets);
}

function start(chosen: Chosen, target: Target, running: Running): UpstreamCall {
  const { dialect, operation, headers, body, scanned, route, receipt } = chosen;
  const { connect, firstToken, idle, total } = route.timeouts;
  const { clock, deadlines } = running;
  const streamed = scanned.stream;
  const timeouts: CallTimeouts = {
    connectMs: connect,
    firstMs: firstToken ?? (streamed ? FIRST_TOKEN_STREAMED_MS : FIRST_TOKEN_WHOLE_MS),
    idleMs: idle,
    deadlineAt: receipt.arrivedAt + total,
  };
  const { provider } = target;
  const call = new UpstreamCall({
    clock,
    deadlines,
    timeouts,
    dialect,
    streamed,
    onOver() {
      provider.inFlight -= 1;
    },
  });
  provider.inFlight += 1;

  const parts = replaceModel(body, scanned, target.model);
  const outgoing = [...headers.forwarded, 'accept-encoding', 'identity'];
  for (const [name, value] of Object.entries(wires[dialect].demanded)) {
    if (!headers.forwarded.includes(name)) outgoing.push(name, value);
  }
  const credential = provider.credential(dialect);
  if (credential !== undefined) outgoing.push(...credential);

  provider.door.send(
    {
      method: 'POST',
      // `choose` has left only targets that have a path for this.
      path: provider.path(dialect, operation) ?? '/',
      headers: outgoing,
      body: parts.length === 1 ? body : Buffer.concat(parts),
    },
    call,
  );
  return call;
}

/**
 * A provider's refusal that is about the request (4xx) is passed on as it is. One about our own
 * credential is not: the caller would take it for its own.
 */
function isToldAsItIs({ status, verdict }: UpstreamCall): boolean {
  return (
    status >= 400 &&
    status < 500 &&
    verdict.reason === `http_${status}` &&
    verdict.fault !== 'credential'
  );
}

function asFailure(target: Target, { verdict }: UpstreamCall): Failure {
  const what = `${target.id} failed: ${verdict.reason}`;
  return isTimeout(verdict)
    ? new Failure('upstream_timeout', `${what}; no other target could answer in time`)
    : new Failure('upstream_error', `${what}; no other target could answer`);
}
