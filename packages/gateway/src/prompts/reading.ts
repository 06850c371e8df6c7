import { Failure } from '@vitalgate/contract';
import { FormatError, write, type Value, type Written } from '@vitalgate/formats';
import { toldOf } from '../json-schema.ts';
import { documentIn } from './document.ts';
import type { Prompt } from './prompt.ts';
import type { PromptUnderstood } from './understand.ts';

/** An answer that is what its prompt promises. */
export interface Answered {
  readonly value: unknown;
  readonly isRepaired: boolean;
}

/** What a model has said, as far as it is an answer. */
export type Reading =
  | Answered
  /** Why it is none, and whether it is worth another try. */
  | { readonly wrong: string; readonly mayTryAgain: boolean };

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

/** What the model says in it. */
export function textIn(answer: Buffer): string | undefined {
  const content = choiceIn(answer)?.message?.content;
  return typeof content === 'string' ? content : undefined;
}

/** Whether it is what its prompt promises. */
export function readingOf(answer: Buffer, { checkOutput }: Prompt): Reading {
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

/**
 * What was agreed on, as its caller reads it.
 *
 * @throws {Failure} `not_acceptable`
 */
export async function inFormat(
  value: Value,
  { name }: Prompt,
  wanted: PromptUnderstood['wanted'],
): Promise<Written> {
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
