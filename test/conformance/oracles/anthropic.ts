import {
  at,
  input,
  list,
  type Meaning,
  number,
  type Oracle,
  type Stop,
  sum,
  text,
} from './oracle.ts';

const stops: Record<string, Stop> = {
  end_turn: 'end',
  stop_sequence: 'end',
  // Other dialects have no word for a pause.
  pause_turn: 'end',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool',
  refusal: 'filtered',
};

const inputOf = (usage: unknown) =>
  number(at(usage, 'input_tokens')) === undefined
    ? undefined
    : sum(
        number(at(usage, 'input_tokens')),
        number(at(usage, 'cache_read_input_tokens')),
        number(at(usage, 'cache_creation_input_tokens')),
      );

function whole(answer: unknown): Meaning {
  const content = list(at(answer, 'content'));
  const of = (type: string) => content.filter((block) => at(block, 'type') === type);
  return {
    text: of('text')
      .map((block) => text(at(block, 'text')))
      .join(''),
    calls: of('tool_use').map((block) => ({
      name: text(at(block, 'name')),
      input: at(block, 'input'),
    })),
    stop: stops[text(at(answer, 'stop_reason'))] ?? 'other',
    input: inputOf(at(answer, 'usage')),
    output: number(at(answer, 'usage', 'output_tokens')),
  };
}

function streamed(events: readonly unknown[]): Meaning {
  let said = '';
  let stop: Stop = 'other';
  const usage: Record<string, unknown> = {};
  const calls = new Map<unknown, { name: string; told: string }>();
  for (const event of events) {
    const index = at(event, 'index');
    const block = at(event, 'content_block');
    if (at(block, 'type') === 'tool_use') {
      calls.set(index, { name: text(at(block, 'name')), told: '' });
    }
    if (at(block, 'type') === 'text') said += text(at(block, 'text'));
    if (at(event, 'delta', 'type') === 'text_delta') said += text(at(event, 'delta', 'text'));
    const call = calls.get(index);
    if (call !== undefined) call.told += text(at(event, 'delta', 'partial_json'));
    const told = at(event, 'delta', 'stop_reason');
    if (typeof told === 'string') stop = stops[told] ?? 'other';
    const now = at(event, 'usage') ?? at(event, 'message', 'usage');
    for (const [name, value] of Object.entries(now ?? {})) {
      if (typeof value === 'number') usage[name] = value;
    }
  }
  return {
    text: said,
    calls: [...calls.values()].map(({ name, told }) => ({ name, input: input(told) })),
    stop,
    input: inputOf(usage),
    output: number(usage['output_tokens']),
  };
}

export const messages: Oracle = { whole, streamed };
