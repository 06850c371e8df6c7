import type { ApiArrived } from '../request/exchange.ts';
import { judgingOf, StreamGuard, WholeGuard, type AnswerGuard } from './answer-guard.ts';
import { apiFramer, bodyKindOf, bodyReading } from './api-bodies.ts';
import type { Guardrail } from './guardrail.ts';
import { unread } from './judge.ts';
import { TextGuard } from './text-guard.ts';

/** What an upstream says of its answer's body. */
export interface AnswerBody {
  /** Empty where it does not say. */
  readonly contentType: string;
  /** It has to be read whole for other reasons too. */
  readonly isHeld: boolean;
}

/** A guard for the answer of an HTTP API, or undefined where it may pass as it comes. */
export function apiGuardFor(
  { guarding }: Pick<ApiArrived, 'guarding'>,
  { contentType, isHeld }: AnswerBody,
): AnswerGuard | undefined {
  const judging = judgingOf(guarding, bodyReading(contentType, 'answer'));
  const kind = bodyKindOf(contentType);
  if (judging === undefined || kind === 'media') return undefined;
  const asks = judging.guardrails.some(({ webhook }) => webhook !== undefined);
  if (isHeld) return new WholeGuard(judging);
  if (kind === 'events' || kind === 'lines') {
    return new StreamGuard({ ...judging, isApart: true }, apiFramer(kind));
  }
  return kind === 'text' && !asks ? new TextGuard(judging) : new WholeGuard(judging);
}

/** Those that must not let pass what nobody has read, such as compressed bodies. */
export function unreadBy(guardrails: readonly Guardrail[]): Guardrail | undefined {
  return unread(
    guardrails.filter(
      ({ detectors, webhook, maxCharacters }) =>
        detectors.length > 0 || webhook !== undefined || maxCharacters !== undefined,
    ),
  );
}
