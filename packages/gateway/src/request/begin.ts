import { RequestError, wires } from '@vitalgate/dialects';
import type { TargetState } from '@vitalgate/health';
import type { Target } from '../routing/routes.ts';
import type { Running } from '../running.ts';
import { UpstreamCall } from '../upstream/call.ts';
import type { Credential } from '../upstream/credentials.ts';
import { sendAs } from '../upstream/send.ts';
import type { Chosen, Passage, Receipt } from './exchange.ts';
import { isSpoken, lossOf, passageTo } from './passage.ts';

/** Where nothing is configured, a whole answer may think longer before its first byte. */
const FIRST_TOKEN_STREAMED_MS = 20_000;
const FIRST_TOKEN_WHOLE_MS = 60_000;

/** What an attempt is made with. */
export interface Way {
  readonly target: Target;
  readonly credential: Credential;
  readonly passage: Passage;
}

/** One attempt. */
export interface Tried extends Way {
  readonly call: UpstreamCall;
  /** What was known of the target when it was asked. */
  readonly state: TargetState;
}

/** As many requests are in flight there, or at its provider, as may be at once. */
export const takesNoMore = ({ provider, load, maxConcurrency }: Target): boolean =>
  provider.isFull || load.inFlight >= maxConcurrency;

/** How the request can go to a target, or why it cannot. */
export function tryPassage(chosen: Chosen, target: Target, running: Running): Passage | string {
  try {
    const passage = passageTo(chosen, target, running);
    const isStrict = chosen.headers.isStrict || chosen.route.strict;
    return (isStrict ? lossOf(passage) : undefined) ?? passage;
  } catch (error) {
    if (error instanceof RequestError) return error.message;
    throw error;
  }
}

export function begin(chosen: Chosen, way: Way, running: Running): Tried {
  const { receipt } = chosen;
  const state = running.tracker.snapshot().get(way.target.id)?.state ?? 'serving';
  const call = start(chosen, way.target, way.credential, way.passage, running);
  receipt.attempts += 1;
  receipt.target = way.target;
  return { ...way, call, state };
}

/** It has ended, and is told with its request. */
export function note(receipt: Receipt, tried: Tried, reason: string, { clock }: Running): void {
  const { target, credential, state, call } = tried;
  if (call.firstByteAt !== undefined) target.load.silence.heard(call.firstByteAt);
  const ms = clock.now() - call.startedAt;
  receipt.tried.push({ target: target.id, credential: credential.name, state, reason, ms });
}

function start(
  chosen: Chosen,
  target: Target,
  credential: Credential,
  passage: Passage,
  running: Running,
): UpstreamCall {
  const { scanned, route, receipt } = chosen;
  const { timeouts, maxOutput } = route;
  const { connect, firstToken, idle, total } = timeouts;
  const { clock, deadlines } = running;
  const { provider, load } = target;
  const { dialect, operation, body, translation } = passage;
  const streamed = scanned.stream;
  const firstMs = firstToken ?? (streamed ? FIRST_TOKEN_STREAMED_MS : FIRST_TOKEN_WHOLE_MS);
  const call = new UpstreamCall({
    clock,
    door: provider.door,
    deadlines,
    dialect,
    operation,
    streamed,
    hide: running.hide,
    translation,
    isToBeJson: operation === 'chat' && scanned.hasFormat,
    timeouts: {
      connectMs: connect,
      firstMs,
      patienceMs: load.silence.patienceMs(streamed, firstMs),
      idleMs: idle,
      deadlineAt: receipt.arrivedAt + total,
      mostEvents: maxOutput,
    },
    onOver() {
      provider.inFlight -= 1;
      load.inFlight -= 1;
    },
  });
  provider.inFlight += 1;
  load.inFlight += 1;
  chosen.room?.free();

  const request = {
    method: 'POST',
    // `choose` has left only targets that have a path for this.
    path: provider.path(dialect, operation, target.model, streamed) ?? '/',
    headers: outgoingHeaders(chosen, passage),
    body,
  } as const;
  sendAs(provider, credential, dialect, request, call, running);
  return call;
}

/** A caller's own headers speak of its own dialect: a provider of another gets none of them. */
function outgoingHeaders(
  { headers: { forwarded }, dialect: caller }: Chosen,
  { dialect, operation }: Passage,
): string[] {
  const isSame = isSpoken(dialect, caller, operation);
  const outgoing = isSame ? [...forwarded] : ['content-type', 'application/json'];
  outgoing.push('accept-encoding', 'identity');
  for (const [name, value] of Object.entries(wires[dialect].demanded)) {
    if (!isSame || !forwarded.includes(name)) outgoing.push(name, value);
  }
  return outgoing;
}
