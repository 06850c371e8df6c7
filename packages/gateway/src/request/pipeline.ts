import { Failure } from '@vitalgate/contract';
import { captureApi } from '../apis/capture.ts';
import { guardApi } from '../apis/guard.ts';
import { mayUse } from '../apis/may-use.ts';
import { passOn } from '../apis/pass-on.ts';
import { openApiFor } from '../documents/openapi.ts';
import { recall } from '../cache/answers.ts';
import { Replay } from '../cache/replay.ts';
import type { Running } from '../running.ts';
import { admit } from './admit.ts';
import { answer } from './answer.ts';
import { attempt } from './attempt.ts';
import { capture } from './capture.ts';
import { choose } from './choose.ts';
import { conclude } from './conclude.ts';
import { answerPrompt, answerPromptAgain } from '../prompts/answer.ts';
import { capturePrompt } from '../prompts/capture.ts';
import { understandPrompt } from '../prompts/understand.ts';
import { answerEstimate, isUncountable } from './count.ts';
import { endOf } from './ending.ts';
import type { ApiArrived, Arrival, Arrived, DocumentArrived, PromptArrived } from './exchange.ts';
import { guard } from './guard.ts';
import { identify } from './identify.ts';
import { CallerLeft } from './left.ts';
import { listModels } from './list-models.ts';
import { isAnsweredAgain } from './once.ts';
import { answerOwn } from './own-answer.ts';
import { refuse } from './refuse.ts';
import { reserve, reserveEntry } from './reserve.ts';
import { isUncounted } from './uncounted.ts';
import { understand } from './understand.ts';
import { unexpected } from './unexpected.ts';

/**
 * The life of a request, in the only file that knows the order (docs/life-of-a-request.md).
 * Never rejects: whatever goes wrong is told to the caller and concluded.
 */
export function handle(arrived: Arrived, running: Running): Promise<void> {
  return toldAndConcluded(arrived, running, async () => {
    const admitted = admit(await identify(arrived, running), running);
    if (admitted.operation === 'models') {
      await reserveEntry(admitted, running);
      const bytes = Buffer.from(await listModels(admitted, running));
      answerOwn(admitted, running, { bytes, contentType: 'application/json' }, () =>
        conclude(admitted, running, 'completed', undefined),
      );
      return;
    }
    const understood = await understand(admitted, running);
    if (await isAnsweredAgain(understood, running)) return;
    const guarded = await guard(understood, running);
    capture(guarded, running);
    const reserved = await reserve(guarded, running);
    if (isUncountable(reserved)) return answerEstimate(reserved, running);
    const asking = await recall(reserved, running);
    if (asking?.found !== undefined) {
      const { found } = asking;
      const said = { target: found.target, call: new Replay(found, running.clock), asking };
      await answer(reserved, said, running, (outcome, reason) =>
        conclude(reserved, running, outcome, reason),
      );
      return;
    }
    const chosen = choose(reserved, running);
    const attempted = await attempt(chosen, running);
    if (isUncounted(attempted, attempted.call)) return answerEstimate(attempted, running);
    const { target, call, passage } = attempted;
    await answer(attempted, { target, call, passage, asking }, running, (outcome, reason) =>
      conclude(attempted, running, outcome, reason),
    );
  });
}

/** The life of a request for an HTTP API: through the same doors, then passed on as it is. */
export function handleApi(arrived: ApiArrived, running: Running): Promise<void> {
  return toldAndConcluded(arrived, running, async () => {
    const admitted = admit(await identify(arrived, running), running);
    mayUse(admitted);
    await guardApi(admitted, running);
    captureApi(admitted, running);
    await reserveEntry(admitted, running);
    await passOn(admitted, running);
  });
}

/** The life of a request for the document of what its key may call: through the doors, and no further. */
export function handleDocument(arrived: DocumentArrived, running: Running): Promise<void> {
  return toldAndConcluded(arrived, running, async () => {
    const admitted = admit(await identify(arrived, running), running);
    await reserveEntry(admitted, running);
    const bytes = Buffer.from(JSON.stringify(openApiFor(admitted.key, running)));
    answerOwn(
      admitted,
      running,
      { bytes, contentType: 'application/json' },
      () => conclude(admitted, running, 'completed', undefined),
      ['vary', 'authorization, x-api-key'],
    );
  });
}

/** The life of a request for a prompt: one for a model, once its variables are in their places. */
export function handlePrompt(arrived: PromptArrived, running: Running): Promise<void> {
  return toldAndConcluded(arrived, running, async () => {
    const admitted = admit(await identify(arrived, running), running);
    const understood = await understandPrompt(admitted, running);
    if (await isAnsweredAgain(understood, running)) return;
    const { prompt, wanted } = understood;
    const guarded = await guard(understood, running);
    capturePrompt(Object.assign(guarded, { prompt, wanted }), running);
    const reserved = Object.assign(await reserve(guarded, running), { prompt, wanted });
    const asking = await recall(reserved, running);
    if (asking?.found !== undefined) {
      await answerPromptAgain(reserved, { ...asking, found: asking.found }, running);
      return;
    }
    const chosen = Object.assign(choose(reserved, running), { prompt, wanted });
    await answerPrompt(chosen, asking, running);
  });
}

async function toldAndConcluded(
  arrived: Arrival,
  running: Running,
  live: () => Promise<void>,
): Promise<void> {
  const { response } = arrived;
  running.underWay.add(arrived);
  try {
    await live();
  } catch (error) {
    if (error instanceof CallerLeft || response.destroyed) {
      conclude(arrived, running, 'abandoned', 'caller_left');
      return;
    }
    const failure = error instanceof Failure ? error : unexpected(error, arrived, running);
    arrived.receipt.status = failure.kind.status;
    conclude(arrived, running, endOf(failure), failure.code);
    if (response.headersSent) response.destroy();
    else refuseAnyway(arrived, running, failure);
  } finally {
    running.underWay.delete(arrived);
    arrived.room?.free();
  }
}

/** Where even that fails, the caller is not left waiting. */
function refuseAnyway(arrived: Arrival, running: Running, failure: Failure): void {
  try {
    refuse(arrived, running, failure);
  } catch (error) {
    unexpected(error, arrived, running);
    arrived.response.destroy();
  }
}
