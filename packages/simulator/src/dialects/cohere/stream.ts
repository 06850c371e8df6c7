import { piecesOf } from '../../toy/tokens.ts';
import type { Frame } from '../dialect.ts';
import type { Told } from './answer.ts';

/**
 * The events of https://docs.cohere.com/v2/docs/streaming: blocks of content one after another, the
 * plan, each call, the end with reason and usage, and a terminator that names no event.
 */
export function* chatFrames({ id, answer, plan, calls, finish, usage }: Told): Generator<Frame> {
  const blank = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] };
  yield event('message-start', { id, type: 'message-start', delta: { message: blank } });
  let index = 0;
  for (const type of ['thinking', 'text'] as const) {
    const text = type === 'thinking' ? answer.reasoning : answer.text;
    if (text === '') continue;
    yield told('content-start', { index }, { content: { type, [type]: '' } });
    for (const piece of piecesOf(text)) {
      yield told('content-delta', { index }, { content: { [type]: piece } }, 1);
    }
    yield event('content-end', { type: 'content-end', index });
    index++;
  }
  for (const piece of piecesOf(plan)) yield told('tool-plan-delta', {}, { tool_plan: piece }, 1);
  for (const [at, call] of calls.entries()) {
    const { arguments: text, ...named } = call.function;
    const begun = { ...call, function: { ...named, arguments: '' } };
    yield told('tool-call-start', { index: at }, { tool_calls: begun }, 1);
    // Without arguments nothing follows: an empty text stands for {}.
    for (const piece of text === '{}' ? [] : piecesOf(text)) {
      const next = { function: { arguments: piece } };
      yield told('tool-call-delta', { index: at }, { tool_calls: next }, 1);
    }
    yield event('tool-call-end', { type: 'tool-call-end', index: at });
  }
  const delta = { finish_reason: finish, usage };
  yield event('message-end', { type: 'message-end', delta });
  yield { data: 'data: [DONE]\n\n', tokens: 0 };
}

const event = (name: string, data: object, tokens = 0): Frame => ({
  data: `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`,
  tokens,
});

const told = (type: string, place: object, message: object, tokens = 0): Frame =>
  event(type, { type, ...place, delta: { message } }, tokens);
