import type { Value } from '@vitalgate/formats';
import type { Asking } from '../cache/answers.ts';
import { answerOwn } from '../request/own-answer.ts';
import { conclude } from '../request/conclude.ts';
import type { Running } from '../running.ts';
import { inFormat, type Answered } from './reading.ts';
import type { PromptUnderstood } from './understand.ts';

/**
 * Tells what was agreed on in the caller's format, which ends the request.
 *
 * @param asking undefined where its model remembers nothing
 * @throws {Failure} `not_acceptable`
 */
export async function tellPrompt(
  exchange: PromptUnderstood,
  { value, isRepaired }: Answered,
  asking: Asking | undefined,
  running: Running,
): Promise<void> {
  const { prompt, wanted } = exchange;
  const written = await inFormat(value as Value, prompt, wanted);
  const head = ['x-vitalgate-prompt', prompt.id, 'vary', 'accept'];
  if (isRepaired) head.push('x-vitalgate-warnings', 'answer: repaired');
  if (asking !== undefined) head.push('x-vitalgate-cache', asking.state);
  if (asking?.found !== undefined) {
    const ageMs = Math.max(0, running.clock.wall() - asking.found.at);
    head.push('age', String(Math.floor(ageMs / 1000)));
  }
  answerOwn(
    exchange,
    running,
    written,
    (outcome, reason) => conclude(exchange, running, outcome, reason),
    head,
  );
}
