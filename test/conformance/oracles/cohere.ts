import { at, input, list, type Meaning, number, type Oracle, type Stop, text } from './oracle.ts';

const stops: Record<string, Stop> = {
  COMPLETE: 'end',
  STOP_SEQUENCE: 'end',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool',
};

const usageOf = (answer: unknown) => ({
  input: number(at(answer, 'usage', 'tokens', 'input_tokens')),
  output: number(at(answer, 'usage', 'tokens', 'output_tokens')),
});

/** The plan to call tools is said before they are called, and is text. */
function whole(answer: unknown): Meaning {
  const message = at(answer, 'message');
  const said = list(at(message, 'content')).map((part) => text(at(part, 'text')));
  return {
    text: said.join('') + text(at(message, 'tool_plan')),
    calls: list(at(message, 'tool_calls')).map((call) => ({
      name: text(at(call, 'function', 'name')),
      input: input(text(at(call, 'function', 'arguments'))),
    })),
    stop: stops[text(at(answer, 'finish_reason'))] ?? 'other',
    ...usageOf(answer),
  };
}

function streamed(events: readonly unknown[]): Meaning {
  const calls = new Map<unknown, { name: string; told: string }>();
  let said = '';
  for (const event of events) {
    const message = at(event, 'delta', 'message');
    said += text(at(message, 'tool_plan')) + text(at(message, 'content', 'text'));
    const called = at(message, 'tool_calls', 'function');
    if (called === undefined) continue;
    const index = at(event, 'index');
    const call = calls.get(index) ?? { name: text(at(called, 'name')), told: '' };
    call.told += text(at(called, 'arguments'));
    calls.set(index, call);
  }
  const last = at(
    events.findLast((event) => at(event, 'type') === 'message-end'),
    'delta',
  );
  return {
    text: said,
    calls: [...calls.values()].map(({ name, told }) => ({ name, input: input(told) })),
    stop: stops[text(at(last, 'finish_reason'))] ?? 'other',
    ...usageOf(last),
  };
}

export const cohere: Oracle = { whole, streamed };
