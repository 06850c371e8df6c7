import { piecesOf } from '../../toy/tokens.ts';
import type { Frame } from '../dialect.ts';
import { finishReason } from '../openai/answer.ts';
import { type Completion, thinking } from './answer.ts';

/**
 * The chunks of `CompletionEvent`: the role, the content in pieces, calls whole and all at once in
 * the chunk with the finish reason, which has the usage too, and the terminator.
 */
export function* chatFrames(completion: Completion): Generator<Frame> {
  const { id, created, model, choices, usage } = completion;
  const shared = { id, object: 'chat.completion.chunk', created, model };
  const chunk = (choice: object, tokens: number, closing = {}): Frame => ({
    data: `data: ${JSON.stringify({ ...shared, choices: [choice], ...closing })}\n\n`,
    tokens,
  });
  for (const [index, { answer, calls }] of choices.entries()) {
    const say = (delta: object, tokens: number): Frame =>
      chunk({ index, delta, finish_reason: null }, tokens);
    yield say({ role: 'assistant', content: '' }, 0);
    for (const piece of piecesOf(answer.reasoning)) yield say({ content: [thinking(piece)] }, 1);
    for (const piece of piecesOf(answer.text)) yield say({ content: piece }, 1);
    const delta = calls.length > 0 ? { content: null, tool_calls: calls } : { content: '' };
    const last = { index, delta, finish_reason: finishReason(answer) };
    yield chunk(last, calls.length, index === choices.length - 1 ? { usage } : {});
  }
  yield { data: 'data: [DONE]\n\n', tokens: 0 };
}
