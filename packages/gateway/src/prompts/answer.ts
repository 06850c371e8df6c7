import { Failure } from '@vitalgate/contract';
import { scanRequest } from '@vitalgate/dialects';
import { FormatError, write, type Value } from '@vitalgate/formats';
import { toldOf } from '../json-schema.ts';
import { answerOwn } from '../request/own-answer.ts';
import { attempt } from '../request/attempt.ts';
import { choose } from '../request/choose.ts';
import { collect } from '../request/collect.ts';
import { conclude } from '../request/conclude.ts';
import type { Attempted, Chosen } from '../request/exchange.ts';
import { learn } from '../request/learn.ts';
import { bill } from '../request/settle.ts';
import type { Running } from '../running.ts';
import { documentIn } from './document.ts';
import type { Prompt } from './prompt.ts';
import type { PromptUnderstood } from './understand.ts';

type PromptChosen = Chosen & PromptUnderstood;

/** What a model has said, as far as it is an answer. */
type Reading =
  | { readonly value: unknown; readonly isRepaired: boolean }
  /** Why it is none, and whether it is worth another try. */
  | { readonly wrong: string; readonly mayTryAgain: boolean };

/**
 * Stages 7 to 9 for a prompt: asks, looks whether the answer is what was agreed on, asks once more if
 * it is not, and tells it in the caller's format.
 *
 * @throws {Failure} `upstream_error` where the model cannot do it
 */
export async function answerPrompt(chosen: PromptChosen, running: Running): Promise<void> {
  const { prompt, wanted } = chosen;
  const first = await ask(chosen, running);
  const { reading, attempted } =
    'wrong' in first.reading && first.reading.mayTryAgain
      ? await askAgain(chosen, { ...first, wrong: first.reading.wrong }, running)
      : first;
  if ('wrong' in reading) throw missed(prompt, reading.wrong);
  const written = await inFormat(reading.value as Value, prompt, wanted);
  const warnings = reading.isRepaired ? ['x-vitalgate-warnings', 'answer: repaired'] : [];
  answerOwn(
    attempted,
    running,
    written,
    (outcome, reason) => conclude(attempted, running, outcome, reason),
    [...warnings, 'x-vitalgate-prompt', prompt.id, 'vary', 'accept'],
  );
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
  const { said, judged } = await collect(attempted, running);
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

interface Completion {
  readonly choices?: readonly {
    readonly finish_reason?: unknown;
    readonly message?: { readonly content?: unknown };
  }[];
}

/** OpenAI API reference, "The chat completion object". */
function choiceIn(answer: Buffer) {
  try {
    return (JSON.parse(answer.toString()) as Completion | null)?.choices?.[0];
  } catch {
    return undefined;
  }
}

function textIn(answer: Buffer): string | undefined {
  const content = choiceIn(answer)?.message?.content;
  return typeof content === 'string' ? content : undefined;
}

function readingOf(answer: Buffer, { checkOutput }: Prompt): Reading {
  const choice = choiceIn(answer);
  const text = textIn(answer);
  const reason = choice?.finish_reason;
  // The same limit would cut it again, and the same filter would stop it.
  if (reason === 'length' || reason === 'content_filter') {
    return { wrong: `it was ended by "${reason}"`, mayTryAgain: false };
  }
  if (text === undefined) return { wrong: 'it has no text', mayTryAgain: true };
  if (checkOutput === undefined) return { value: { text }, isRepaired: false };
  const document = documentIn(text);
  if (document === undefined) return { wrong: 'it is not JSON', mayTryAgain: true };
  const mistakes = checkOutput(document.value);
  if (mistakes.length > 0) {
    return { wrong: toldOf(mistakes).replace(/^body/, 'answer'), mayTryAgain: true };
  }
  return document;
}

async function inFormat(value: Value, { name }: Prompt, wanted: PromptChosen['wanted']) {
  try {
    const root = name.replace(/[^\w.-]/g, '-').replace(/^(?![A-Za-z_])/, '_');
    return await write(value, wanted, { root });
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new Failure('not_acceptable', `the answer has no form in ${wanted}: ${error.message}`, {
      cause: error,
    });
  }
}
