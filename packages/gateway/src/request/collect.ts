import { Failure } from '@vitalgate/contract';
import { guardFor } from '../guard/answer-guard.ts';
import type { Guardrail } from '../guard/guardrail.ts';
import { unread } from '../guard/judge.ts';
import type { Running } from '../running.ts';
import type { AnswerSource } from '../upstream/answer-source.ts';
import { CallerLeft } from './left.ts';
import type { Answerer, Understood } from './exchange.ts';
import { blocked, note } from './guard.ts';

/** A whole answer, for a stage that makes something of it before its caller sees any. */
interface Collected {
  /** As the model said it. */
  readonly said: Buffer;
  /** As its caller may hear it. */
  readonly judged: Buffer;
}

/** Where an answer comes from: an attempt, or a memory. */
interface Source {
  readonly target: Answerer;
  readonly call: AnswerSource;
}

/**
 * Collects an answer, up to `server.maxBody`, through the guardrails of answers.
 *
 * @throws {Failure} `upstream_error`, `guardrail_blocked`
 * @throws {CallerLeft}
 */
export async function collect(
  exchange: Understood,
  source: Source,
  running: Running,
): Promise<Collected> {
  const said = await bytesOf(exchange, source, running);
  const guard = guardFor(exchange, false);
  if (guard === undefined) return { said, judged: said };
  const { guarding, id } = exchange;
  let judged: { readonly bytes: Buffer; readonly blockedBy: Guardrail | undefined };
  try {
    const isPlain = (source.call.header('content-encoding') ?? 'identity') === 'identity';
    const first = isPlain
      ? guard.push(said)
      : { bytes: said, blockedBy: unread(guarding?.applied.answer.guardrails ?? []) };
    judged = first.blockedBy === undefined ? await guard.finish() : first;
    judged = { ...judged, bytes: Buffer.concat([first.bytes, judged.bytes]) };
  } catch (error) {
    running.log.error({ err: error, request: id }, 'a guardrail failed on an answer');
    throw new Failure('internal_error', 'a guardrail failed on the answer', { cause: error });
  }
  note(guard.takeNotes(), exchange, running);
  if (judged.blockedBy !== undefined) throw blocked(judged.blockedBy, 'answer');
  return { said, judged: judged.bytes };
}

function bytesOf(
  exchange: Understood,
  { call, target }: Source,
  { config }: Running,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      exchange.served = undefined;
      call.cancel();
      reject(error);
    };
    exchange.served = { abandon: () => fail(new CallerLeft()), refuse: fail };
    call.attach({
      data(chunk) {
        size += chunk.length;
        // A copy: the upstream client may use the chunk's memory again.
        if (size <= config.server.maxBody) chunks.push(Buffer.from(chunk));
        else fail(new Failure('upstream_error', `the answer of ${target.id} is too large`));
        return true;
      },
      end() {
        exchange.served = undefined;
        resolve(Buffer.concat(chunks));
      },
      fail: ({ reason }) =>
        fail(new Failure('upstream_error', `the answer of ${target.id} broke off (${reason})`)),
    });
  });
}
