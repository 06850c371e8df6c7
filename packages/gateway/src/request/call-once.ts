import type { Failure } from '@vitalgate/contract';
import type { Running } from '../running.ts';
import type { UpstreamCall } from '../upstream/call.ts';
import { broken } from '../upstream/classify.ts';
import { begin, note, takesNoMore, tryPassage, type Tried, type Way } from './begin.ts';
import type { Chosen, Served } from './exchange.ts';
import { race, settledWithin } from './hedge.ts';
import { learn, learnOfSilence } from './learn.ts';
import { CallerLeft } from './left.ts';
import { bill } from './settle.ts';
import { endTrial } from './trial.ts';

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
export async function callOnce(chosen: Chosen, way: Way, running: Running): Promise<Tried> {
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
