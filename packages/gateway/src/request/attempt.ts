import { Failure } from '@vitalgate/contract';
import type { Fault } from '@vitalgate/health';
import type { Target } from '../routing/routes.ts';
import type { Running } from '../running.ts';
import type { UpstreamCall } from '../upstream/call.ts';
import { isTimeout } from '../upstream/classify.ts';
import type { Credential } from '../upstream/credentials.ts';
import { announce } from './announce.ts';
import { takesNoMore, tryPassage, type Tried } from './begin.ts';
import { callOnce } from './call-once.ts';
import { choose, noHealthyTarget, credentialsSpent } from './choose.ts';
import type { Attempted, Chosen, Passage } from './exchange.ts';
import { learn } from './learn.ts';
import { bill } from './settle.ts';
import { isUncounted } from './uncounted.ts';
import { endTrial, mayTry, trialOver } from './trial.ts';

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
