import { at, type Json, list, type Oracle, text } from './oracle.ts';
import { chat } from './openai-chat.ts';

/** Chat Completions, but for content in pieces: those of text are joined, the rest is no text. */
function plain(said: unknown): unknown {
  const content = at(said, 'content');
  if (!Array.isArray(content)) return said;
  const texts = content.map((part) => text(at(part, 'text')));
  return { ...(said as Json), content: texts.join('') };
}

const withPlain = (answer: unknown): unknown => ({
  ...(answer as Json),
  choices: list(at(answer, 'choices')).map((choice) => ({
    ...(choice as Json),
    message: plain(at(choice, 'message')),
    delta: plain(at(choice, 'delta')),
  })),
});

export const mistral: Oracle = {
  whole: (answer) => chat.whole(withPlain(answer)),
  streamed: (chunks) => chat.streamed(chunks.map(withPlain)),
};
