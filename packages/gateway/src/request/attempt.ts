import { Failure } from '@vitalgate/contract';
import { RequestError, wires } from '@vitalgate/dialects';
import type { Fault, TargetState } from '@vitalgate/health';
import type { Target } from '../routing/routes.ts';
import type { Running } from '../running.ts';
import { UpstreamCall } from '../upstream/call.ts';
import { broken, isTimeout } from '../upstream/classify.ts';
import type { Credential } from '../upstream/credentials.ts';
import { sendAs } from '../upstream/send.ts';
import { announce } from './announce.ts';
import { choose, noHealthyTarget, credentialsSpent } from './choose.ts';
import type { Attempted, Chosen, Passage, Receipt, Served } from './exchange.ts';
import { race, settledWithin } from './hedge.ts';
import { learn, learnOfSilence } from './learn.ts';
import { CallerLeft } from './left.ts';
import { isSpoken, lossOf, passageTo } from './passage.ts';
import { bill } from './settle.ts';
import { isUncounted } from './uncounted.ts';
import { endTrial, mayTry, trialOver } from './trial.ts';

/** Where nothing is configured, a whole answer may think longer before its first byte. */
const FIRST_TOKEN_STREAMED_MS = 20_000;
const FIRST_TOKEN_WHOLE_MS = 60_000;

/** What an attempt is made with. */
interface Way {
  readonly target: Target;
  readonly credential: Credential;
  readonly passage: Passage;
}

/** One attempt. */
interface Tried extends Way {
  readonly call: UpstreamCall;
  /** What was known of the target when it was asked. */
  readonly state: TargetState;
}

/**
 * Stage 7: tries one target after the other, until one gives an answer that can be promised to the
 * caller. An answer that another target could not better (the caller's own mistake) is one too.
 */
export async function attempt(
  chosen: Chosen,
  running: Running,
  mayWait = true,
): Promise<Attempted> {
  const { candidates, route } = chosen;
  let last: Tried | undefined;
  let isFull = false;
  let hindrance: string | undefined;

  for (const target of candidates) {
    if (takesNoMore(target)) {
      isFull = true;
      continue;
    }
    const passage = tryPassage(chosen, target, running);
    if (typeof passage === 'string') {
      hindrance ??= `${target.id}: ${passage}`;
      continue;
    }
    if (!mayTry(chosen, target.id, running)) continue;
    const tried = await tryTarget(chosen, target, passage, running);
    if (tried === undefined) {
      isFull ||= takesNoMore(target);
      endTrial(chosen, running);
      continue;
    }
    last = tried;
    if (tried.call.verdict.fault === undefined) return Object.assign(chosen, tried);
    if (!tried.call.verdict.anotherCanHelp) break;
  }

  if (last !== undefined && (isToldAsItIs(last.call) || isUncounted(chosen, last.call))) {
    return Object.assign(chosen, last);
  }
  if (last !== undefined) throw asFailure(last);
  if (hindrance !== undefined) throw new Failure('unsupported_in_dialect', hindrance);
  if (isFull) {
    throw new Failure('overloaded', `the providers of ${route.name} are full; wait and try again`, {
      retryAfter: 1,
    });
  }
  // Somebody else's trial is in flight at the only way there is: its end is worth waiting for.
  if (mayWait && (await trialOver(chosen, running))) {
    return attempt(choose(chosen, running), running, false);
  }
  throw credentialsSpent(running, route) ?? noHealthyTarget(running, route.name, route.targets);
}

/** As many requests are in flight there, or at its provider, as may be at once. */
const takesNoMore = ({ provider, load, maxConcurrency }: Target): boolean =>
  provider.isFull || load.inFlight >= maxConcurrency;

/** How the request can go to a target, or why it cannot. */
function tryPassage(chosen: Chosen, target: Target, running: Running): Passage | string {
  try {
    const passage = passageTo(chosen, target, running);
    const isStrict = chosen.headers.isStrict || chosen.route.strict;
    return (isStrict ? lossOf(passage) : undefined) ?? passage;
  } catch (error) {
    if (error instanceof RequestError) return error.message;
    throw error;
  }
}

/**
 * Tries one target with one credential after the other: a refused or used-up one says nothing about
 * the next. Undefined when no attempt could be made.
 */
async function tryTarget(
  chosen: Chosen,
  target: Target,
  asked: Passage,
  running: Running,
): Promise<Tried | undefined> {
  let passage = asked;
  const { receipt } = chosen;
  const { retryBudget, clock } = running;
  const { credentials } = target.provider;
  const used = new Set<Credential>();
  let last: Tried | undefined;

  for (;;) {
    const credential = credentials.take(target.model, clock.now(), used);
    if (credential === undefined) return last;
    used.add(credential);
    const isRetry = receipt.attempts > 0;
    if (isRetry && !retryBudget.withdraw()) return last;
    if (!isRetry) {
      retryBudget.deposit();
      await announce(chosen, target, target.tariff, running);
      // Others that waited with it may have taken the last places.
      if (takesNoMore(target)) return last;
    }

    last = await callOnce(chosen, { target, credential, passage }, running);
    const { fault } = last.call.verdict;
    if (fault === undefined) {
      if (isRetry) retryBudget.refund();
      return last;
    }
    bill(receipt, last.target, last.call);
    learn(running, chosen, last);
    const plainer = withoutOptions(chosen, last, running);
    if (plainer !== undefined) {
      passage = plainer;
      used.delete(credential);
    } else if (fault !== 'credential' && fault !== 'quota') return last;
  }
}

/** What was refused for a field that our translation has added can be asked without it. */
function withoutOptions(
  chosen: Chosen,
  { call, target, passage }: Tried,
  running: Running,
): Passage | undefined {
  const isOurs = passage.translation !== undefined && passage.body.includes('stream_options');
  if (!isOurs || call.verdict.reason !== 'stream_options_refused') return undefined;
  target.provider.refusesStreamOptions = true;
  const plainer = tryPassage(chosen, target, running);
  return typeof plainer === 'string' || plainer.body.includes('stream_options')
    ? undefined
    : plainer;
}

/** The calls of one attempt: one, or two that race. */
class Begun implements Served {
  readonly #calls: UpstreamCall[];
  /** Why its caller may not ask any longer. */
  refusal: Failure | undefined;

  constructor(first: UpstreamCall) {
    this.#calls = [first];
  }

  add(call: UpstreamCall): void {
    this.#calls.push(call);
  }

  abandon(): void {
    for (const call of this.#calls) call.cancel();
  }

  refuse(failure: Failure): void {
    this.refusal = failure;
    this.abandon();
  }
}

/** One attempt, to the point where its answer can be promised or has failed; two where one is slow. */
async function callOnce(chosen: Chosen, way: Way, running: Running): Promise<Tried> {
  const { receipt, response } = chosen;
  const first = begin(chosen, way, running);
  const begun = new Begun(first.call);
  chosen.served = begun;
  const hedge = await hedged(chosen, first, begun, running);
  const second = hedge ?? (await instead(chosen, first, begun, running));
  let winner = first;
  if (second === undefined) {
    if (!first.call.isSettled) await first.call.settled;
  } else {
    const { loser, ...raced } = await race(first, second);
    ({ winner } = raced);
    receipt.target = winner.target;
    const isSilent = hedge === undefined && loser === first && isUnheard(first.call);
    lose(chosen, loser, isSilent, running);
    if (hedge === undefined) endDoubt(first, winner, isSilent, running);
  }
  chosen.served = undefined;
  receipt.upstreamMs += running.clock.now() - first.call.startedAt;
  note(receipt, winner, winner.call.verdict.reason, running);
  if (response.destroyed || begun.refusal !== undefined) {
    winner.call.cancel();
    bill(receipt, winner.target, winner.call);
    endTrial(chosen, running);
    throw begun.refusal ?? new CallerLeft();
  }
  return winner;
}

/** A second attempt where the route asks for one beside a slow one, and its budget allows it. */
async function hedged(
  chosen: Chosen,
  first: Tried,
  begun: Begun,
  running: Running,
): Promise<Tried | undefined> {
  const { hedge } = chosen.route;
  // Only what nobody has tried yet is worth asking twice, and never for a trial.
  if (hedge === undefined || chosen.receipt.attempts > 1 || chosen.trial !== undefined) return;
  hedge.budget.deposit();
  if (await settledWithin(first.call, hedge.afterMs, running.clock)) return undefined;
  return beginSecond(chosen, first, begun, running, () => hedge.budget.withdraw());
}

/**
 * A second attempt in the place of one at a target that counts as silent (`routing/silence.ts`). The first is
 * listened to all the same, and has failed only if the second is answered before it.
 */
async function instead(
  chosen: Chosen,
  first: Tried,
  begun: Begun,
  running: Running,
): Promise<Tried | undefined> {
  const { call, target } = first;
  const { silence } = target.load;
  await call.turned;
  if (call.isSettled) return undefined;
  if (!(await silence.isSilentFor(call, chosen.trial !== undefined))) return undefined;
  const second = beginSecond(chosen, first, begun, running, () => running.retryBudget.withdraw());
  if (second === undefined) silence.withdrawn(call);
  return second;
}

const isUnheard = ({ firstByteAt, verdict }: UpstreamCall): boolean =>
  firstByteAt === undefined && verdict.fault === undefined;

/** What the second attempt has shown of the target that was doubted. */
function endDoubt(first: Tried, winner: Tried, isSilent: boolean, running: Running): void {
  const { silence } = first.target.load;
  if (isSilent) silence.outrun(first.call, running.clock.now());
  else silence.withdrawn(first.call);
  if (winner !== first) running.retryBudget.refund();
}

function beginSecond(
  chosen: Chosen,
  first: Way,
  begun: Begun,
  running: Running,
  mayPay: () => boolean,
): Tried | undefined {
  const other = secondWay(chosen, first, running);
  const isOver = chosen.response.destroyed || begun.refusal !== undefined;
  if (other === undefined || isOver || !mayPay()) return undefined;
  const second = begin(chosen, other, running);
  begun.add(second.call);
  return second;
}

/** The next target that could be asked at once, and that is serving: a hedge is no trial. */
function secondWay(chosen: Chosen, first: Way, running: Running): Way | undefined {
  const health = running.tracker.snapshot();
  for (const target of chosen.candidates) {
    const isServing = health.get(target.id)?.state === 'serving';
    if (target === first.target || !isServing || takesNoMore(target)) continue;
    const passage = tryPassage(chosen, target, running);
    if (typeof passage === 'string') continue;
    const { credentials } = target.provider;
    const credential = credentials.take(target.model, running.clock.now(), new Set());
    if (credential !== undefined) return { target, credential, passage };
  }
  return undefined;
}

/** An attempt beside another that served the caller, or failed as well. What it cost is counted. */
function lose(chosen: Chosen, loser: Tried, isSilent: boolean, running: Running): void {
  const { call, target } = loser;
  const { fault, reason } = call.verdict;
  call.cancel();
  const untold = isSilent ? broken.silent.reason : 'outrun';
  note(chosen.receipt, loser, fault === undefined ? untold : reason, running);
  bill(chosen.receipt, target, call);
  if (fault !== undefined) learn(running, chosen, loser);
  else if (isSilent) learnOfSilence(running, target);
}

function begin(chosen: Chosen, way: Way, running: Running): Tried {
  const { receipt } = chosen;
  const state = running.tracker.snapshot().get(way.target.id)?.state ?? 'serving';
  const call = start(chosen, way.target, way.credential, way.passage, running);
  receipt.attempts += 1;
  receipt.target = way.target;
  return { ...way, call, state };
}

function note(receipt: Receipt, tried: Tried, reason: string, { clock }: Running): void {
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

/**
 * A provider's refusal that is about the request (4xx) is passed on as it is. One about our own
 * credential, or our way to the provider, is not: the caller would take it for its own.
 */
function isToldAsItIs({ status, verdict, isAnswered }: UpstreamCall): boolean {
  return isAnswered && status >= 400 && status < 500 && isAboutRequest.has(verdict.fault);
}

const isAboutRequest: ReadonlySet<Fault | undefined> = new Set<Fault>(['client', 'quota', 'model']);

function asFailure({ target, call: { verdict } }: Tried): Failure {
  const what = `${target.id} failed: ${verdict.reason}`;
  return isTimeout(verdict)
    ? new Failure('upstream_timeout', `${what}; no other target could answer in time`)
    : new Failure('upstream_error', `${what}; no other target could answer`);
}
