import { Failure } from '@vitalgate/contract';
import { scanRequest } from '@vitalgate/dialects';
import type { Asking, RememberedAnswer } from '../cache/answers.ts';
import { Replay } from '../cache/replay.ts';
import { attempt } from '../request/attempt.ts';
import { choose } from '../request/choose.ts';
import { collect } from '../request/collect.ts';
import type { Attempted, Chosen } from '../request/exchange.ts';
import { learn } from '../request/learn.ts';
import { bill } from '../request/settle.ts';
import type { Running } from '../running.ts';
import type { Prompt } from './prompt.ts';
import { readingOf, textIn, type Reading } from './reading.ts';
import { tellPrompt } from './tell.ts';
import type { PromptUnderstood } from './understand.ts';

type PromptChosen = Chosen & PromptUnderstood;

/**
 * Stages 7 to 9 for a prompt: asks, looks whether the answer is what was agreed on, asks once more if
 * it is not, and tells it in the caller's format.
 *
 * @throws {Failure} `upstream_error` where the model cannot do it
 */
export async function answerPrompt(
  chosen: PromptChosen,
  asking: Asking | undefined,
  running: Running,
): Promise<void> {
  const { prompt, wanted } = chosen;
  const first = await ask(chosen, running);
  const { reading, attempted, said } =
    'wrong' in first.reading && first.reading.mayTryAgain
      ? await askAgain(chosen, { ...first, wrong: first.reading.wrong }, running)
      : first;
  if ('wrong' in reading) throw missed(prompt, reading.wrong);
  // The second answer is remembered as what the first question was worth.
  asking?.recorder?.push(said);
  asking?.recorder?.keep(attempted.target, [], running.clock.wall());
  await tellPrompt(Object.assign(attempted, { prompt, wanted }), reading, asking, running);
}

/**
 * The same with what was said before: through the guardrails of whoever asks now, and in their format.
 *
 * @throws {Failure} `upstream_error` where those leave no answer of it, `guardrail_blocked`
 */
export async function answerPromptAgain(
  reserved: PromptUnderstood,
  asking: Asking & { readonly found: RememberedAnswer },
  running: Running,
): Promise<void> {
  const { found } = asking;
  const source = { target: found.target, call: new Replay(found, running.clock) };
  const { judged } = await collect(reserved, source, running);
  const reading = readingOf(judged, reserved.prompt);
  if ('wrong' in reading) throw missed(reserved.prompt, reading.wrong);
  await tellPrompt(reserved, reading, asking, running);
}

interface Asked {
  readonly attempted: Attempted;
  readonly said: Buffer;
  readonly reading: Reading;
}

async function ask(chosen: PromptChosen, running: Running): Promise<Asked> {
  const attempted = await attempt(chosen, running);
  const { call, target } = attempted;
  if (call.status >= 400) {
    const { verdict, retryAfterMs = 1000 } = call;
    throw verdict.fault === 'quota'
      ? new Failure('rate_limited', `${target.id} asks to wait`, {
          retryAfter: Math.max(1, Math.ceil(retryAfterMs / 1000)),
          fault: 'provider',
        })
      : new Failure('upstream_error', `${target.id} refused the request: ${verdict.reason}`);
  }
  const { said, judged } = await collect(attempted, attempted, running);
  return { attempted, said, reading: readingOf(judged, chosen.prompt) };
}

/** What was asked before is paid for and learnt from; the model is told what was wrong. */
async function askAgain(
  chosen: PromptChosen,
  { attempted, said, wrong }: Asked & { readonly wrong: string },
  running: Running,
): Promise<Asked> {
  bill(chosen.receipt, attempted.target, attempted.call);
  learn(running, chosen, attempted);
  const asked = JSON.parse(chosen.body.toString()) as { readonly messages: readonly unknown[] };
  const messages = [
    ...asked.messages,
    { role: 'assistant', content: textIn(said) ?? '' },
    {
      role: 'user',
      content: `That is not an answer: ${wrong}. Answer again, with the JSON document alone.`,
    },
  ];
  const body = Buffer.from(JSON.stringify({ ...asked, messages }));
  const scanned = scanRequest(body);
  if (!scanned.ok) throw new Failure('internal_error', 'the request of a prompt cannot be read');
  const again = Object.assign(chosen, { body, scanned, intent: undefined });
  try {
    return await ask(Object.assign(again, choose(again, running)), running);
  } catch (error) {
    // Nobody could be asked again: what there was is what is told.
    if (error instanceof Failure && error.code !== 'guardrail_blocked') {
      throw missed(chosen.prompt, wrong, error);
    }
    throw error;
  }
}

const missed = ({ id }: Prompt, wrong: string, cause?: unknown): Failure =>
  new Failure('upstream_error', `the model gave no answer that ${id} takes: ${wrong}`, { cause });
