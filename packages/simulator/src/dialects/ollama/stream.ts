import { piecesOf } from '../../toy/tokens.ts';
import type { Frame } from '../dialect.ts';
import type { Told } from './answer.ts';

/** `/api/chat`, one JSON object to a line: thinking, text, each call whole, and a line that is done. */
export function* chatLines(told: Told): Generator<Frame> {
  const { answer, calls, closing } = told;
  const line = (message: object, tokens: number, end: object = { done: false }): Frame =>
    lineOf(told, { message: { role: 'assistant', ...message }, ...end }, tokens);
  for (const piece of piecesOf(answer.reasoning)) yield line({ content: '', thinking: piece }, 1);
  for (const piece of piecesOf(answer.text)) yield line({ content: piece }, 1);
  for (const call of calls) yield line({ content: '', tool_calls: [call] }, 1);
  yield line({ content: '' }, 0, closing);
}

/** `/api/generate`. */
export function* generateLines(told: Told): Generator<Frame> {
  const { answer, closing } = told;
  for (const piece of piecesOf(answer.reasoning)) {
    yield lineOf(told, { response: '', thinking: piece, done: false }, 1);
  }
  for (const piece of piecesOf(answer.text)) {
    yield lineOf(told, { response: piece, done: false }, 1);
  }
  yield lineOf(told, { response: '', ...closing, context: [] }, 0);
}

const lineOf = ({ model, createdAt }: Told, data: object, tokens: number): Frame => ({
  data: `${JSON.stringify({ model, created_at: createdAt, ...data })}\n`,
  tokens,
});
