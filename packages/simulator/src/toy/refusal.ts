import type { Answer } from './ask.ts';
import { label } from './compose.ts';
import { countTokens } from './tokens.ts';

/** Asks for one in so many words: the toy judges nothing, and callers have to be seen to cope. */
export const wantsRefusal = (text: string): boolean => /\bplease refuse\b/i.test(text);

const words = `${label}I will not answer this, as you asked me to refuse.`;

/** In the place of an answer, after the same reasoning. */
export const refusalFor = ({ reasoning, reasoningTokens }: Answer): Answer => ({
  reasoning,
  text: words,
  calls: [],
  end: 'finished',
  stopSequence: undefined,
  reasoningTokens,
  outputTokens: reasoningTokens + countTokens(words),
});
