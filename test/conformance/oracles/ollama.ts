import { at, list, type Meaning, number, type Oracle, type Stop, text } from './oracle.ts';

const stops: Record<string, Stop> = { stop: 'end', length: 'length' };

function streamed(lines: readonly unknown[]): Meaning {
  const calls = lines.flatMap((line) =>
    list(at(line, 'message', 'tool_calls')).map((call) => ({
      name: text(at(call, 'function', 'name')),
      input: at(call, 'function', 'arguments') ?? {},
    })),
  );
  const last = lines.at(-1);
  const stop = stops[text(at(last, 'done_reason'))] ?? 'other';
  return {
    text: lines.map((line) => text(at(line, 'message', 'content'))).join(''),
    calls,
    stop: stop === 'end' && calls.length > 0 ? 'tool' : stop,
    input: number(at(last, 'prompt_eval_count')),
    output: number(at(last, 'eval_count')),
  };
}

export const lines: Oracle = { whole: (answer) => streamed([answer]), streamed };
