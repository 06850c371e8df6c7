import { Failure } from '@vitalgate/contract';
import type { FormatName } from '@vitalgate/formats';
import { apiGuardFor } from '../guard/api-answer.ts';
import type { Guardrail } from '../guard/guardrail.ts';
import { isBodiless, mappedAnswerHead } from './answer-head.ts';
import { checkAnswer } from './check.ts';
import { GuardedAnswer } from './guarded-answer.ts';
import { addVary, remadeHead, resizedHead, valueIn } from './head-lines.ts';
import type { Passing } from './passing.ts';
import { answerCarriedOver, formatToRead, typeToRead, type Shape } from './shape.ts';
import { soapAnswer } from './soap-answer.ts';
import { codingsOf, unpacked } from './unpacked.ts';

/** An answer that is carried over into another format, or checked, is held until it is whole. */
export interface HeldAnswer {
  readonly status: number;
  /** Undefined where it is only looked at. */
  readonly from: FormatName | undefined;
  readonly isChecked: boolean;
  readonly contentType: string;
  readonly head: readonly string[];
  readonly chunks: Buffer[];
}

/** The answer to be held; undefined where none of it has to be read before it is passed on. */
export function heldAnswer(
  { exchange, prepared }: Passing,
  status: number,
  head: string[],
): HeldAnswer | undefined {
  const { shape, operation, soap } = prepared;
  if (shape !== undefined || soap !== undefined) addVary(head, 'accept');
  const contentType = valueIn(head, 'content-type');
  if (soap !== undefined) {
    const read = { from: undefined, isChecked: false, contentType: contentType ?? '' };
    return { status, ...read, head, chunks: [] };
  }
  const from = shape && formatToRead(shape, status, contentType);
  const isChecked =
    exchange.matched.api.openapi?.answers !== 'off' &&
    // A part is no document (RFC 9110, section 15.3.7).
    status !== 206 &&
    valueIn(head, 'content-encoding') === undefined &&
    operation?.readsAnswer(status, contentType) === true;
  if ((from === undefined && !isChecked) || contentType === undefined) return undefined;
  if (isBodiless(exchange, status)) {
    // RFC 9110, section 9.3.2: what a GET would be told, as far as it is known.
    const type = from && shape && typeToRead(shape);
    if (type !== undefined && exchange.request.method === 'HEAD') {
      head.splice(0, head.length, ...remadeHead(head, type));
    }
    return undefined;
  }
  return { status, from, isChecked, contentType, head, chunks: [] };
}

/**
 * What is told of an answer that was held; undefined where guardrails have blocked it.
 *
 * @throws {Failure} what its service or its description says against it
 * @throws {FormatError} it cannot be read
 */
export async function toldOf(
  held: HeldAnswer,
  passing: Passing,
  block: (guardrail: Guardrail) => void,
): Promise<{ readonly fields: string[]; readonly bytes: Uint8Array } | undefined> {
  const { exchange, prepared } = passing;
  const { shape, soap } = prepared;
  const { status, from, contentType, head } = held;
  const plain = await plainBytes(held, passing.running.config.server.maxBody);
  const bytes = await guardedWhole(plain, contentType, passing, block);
  if (bytes === undefined) return undefined;
  if (held.isChecked) check(held, bytes, passing);
  const enveloped = soap && (await soapAnswer(soap, { status, contentType }, bytes));
  // Nothing is nothing in every format.
  const isEmpty = bytes.length === 0;
  const carried =
    from &&
    !isEmpty &&
    (await answerCarriedOver(shape as Shape, { status, from, contentType, head }, bytes));
  const told = await mappedAnswerHead(exchange, status, head, carried ? carried.document : null);
  const written = carried ? carried.written : enveloped;
  if (written === undefined) {
    return { fields: status === 204 ? told : resizedHead(told, bytes.length), bytes };
  }
  const fields = remadeHead(told, written.contentType, written.bytes.length);
  return { fields, bytes: written.bytes };
}

/** Some compress their answers although they were asked for plain ones. */
async function plainBytes({ chunks, head }: HeldAnswer, most: number): Promise<Buffer> {
  const codings = codingsOf(valueIn(head, 'content-encoding'));
  if (codings !== undefined) return unpacked(Buffer.concat(chunks), codings, most);
  throw new Failure('upstream_error', 'the answer has a content-encoding that is not known');
}

/** What guardrails leave of an answer that is read whole; undefined when they block it. */
async function guardedWhole(
  bytes: Buffer,
  contentType: string,
  { exchange, running }: Passing,
  block: (guardrail: Guardrail) => void,
): Promise<Buffer | undefined> {
  const guard = apiGuardFor(exchange, { contentType, isHeld: true });
  if (guard === undefined) return bytes;
  const kept: Buffer[] = [];
  const answer = new GuardedAnswer(guard, exchange, running, {
    let: (some) => kept.push(some) > 0,
    block,
  });
  answer.push(bytes);
  return (await answer.end()) ? Buffer.concat(kept) : undefined;
}

/** @throws {Failure} where the description is enforced */
function check(
  { status, contentType }: HeldAnswer,
  bytes: Buffer,
  { exchange, running, prepared }: Passing,
): void {
  const mistakes = prepared.operation?.checkAnswer(status, contentType, bytes) ?? [];
  if (!checkAnswer(exchange, mistakes, running)) return;
  throw new Failure('upstream_error', 'the answer is not as the description of this API says');
}
