import { at, input, list, type Meaning, number, type Oracle, type Stop, text } from './oracle.ts';

const stops: Record<string, Stop> = {
  stop: 'end',
  length: 'length',
  model_length: 'length',
  tool_calls: 'tool',
  function_call: 'tool',
  content_filter: 'filtered',
};

const stopOf = (raw: unknown, calls: readonly unknown[]): Stop => {
  const stop = stops[text(raw)];
  return (stop === 'end' || stop === undefined) && calls.length > 0 ? 'tool' : (stop ?? 'other');
};

function beside(answer: unknown): number | undefined {
  const reasoning =
    number(at(answer, 'usage', 'completion_tokens_details', 'reasoning_tokens')) ?? 0;
  const said = number(at(answer, 'usage', 'completion_tokens')) ?? 0;
  return reasoning > said ? said + reasoning : undefined;
}

const usageOf = (answer: unknown) => ({
  input:
    number(at(answer, 'usage', 'prompt_tokens')) ??
    number(at(answer, 'x_groq', 'usage', 'prompt_tokens')),
  output:
    // xAI counts reasoning beside what is said; the total gives it away.
    beside(answer) ??
    number(at(answer, 'usage', 'completion_tokens')) ??
    number(at(answer, 'x_groq', 'usage', 'completion_tokens')),
});

function whole(answer: unknown): Meaning {
  const choice = at(answer, 'choices', 0);
  const old = at(choice, 'message', 'function_call');
  const legacy = text(at(old, 'name')) === '' ? [] : [{ function: old }];
  const all = [...list(at(choice, 'message', 'tool_calls')), ...legacy];
  const calls = all.map((call) => ({
    name: text(at(call, 'function', 'name')),
    input: input(text(at(call, 'function', 'arguments'))),
  }));
  return {
    text: text(at(choice, 'message', 'content')) + text(at(choice, 'message', 'refusal')),
    calls,
    stop: stopOf(at(choice, 'finish_reason'), calls),
    ...usageOf(answer),
  };
}

function streamed(chunks: readonly unknown[]): Meaning {
  let said = '';
  let stop: unknown;
  const calls: { key: string; id: string; name: string; told: string }[] = [];
  let usage: { input: number | undefined; output: number | undefined } = {
    input: undefined,
    output: undefined,
  };
  for (const chunk of chunks) {
    const now = usageOf(chunk);
    if (now.input !== undefined) usage = now;
    const choice = at(chunk, 'choices', 0);
    if (text(at(choice, 'finish_reason')) !== '') stop ??= at(choice, 'finish_reason');
    said += text(at(choice, 'delta', 'content')) + text(at(choice, 'delta', 'refusal'));
    for (const call of list(at(choice, 'delta', 'tool_calls'))) {
      const name = text(at(call, 'function', 'name'));
      const id = text(at(call, 'id'));
      const index = at(call, 'index');
      const key = typeof index === 'number' ? String(index) : id;
      const known = calls.findLast((one) => one.key === key);
      const isOther = known !== undefined && id !== '' && known.id !== id;
      if (known === undefined || isOther) calls.push({ key, id, name, told: '' });
      const last = calls.findLast((one) => one.key === key);
      if (last !== undefined) last.told += text(at(call, 'function', 'arguments'));
    }
  }
  return {
    text: said,
    calls: calls.map(({ name, told }) => ({ name, input: input(told) })),
    stop: stopOf(stop, calls),
    ...usage,
  };
}

export const chat: Oracle = { whole, streamed };
