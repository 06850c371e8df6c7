import {
  at,
  input,
  type Json,
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
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool',
  content_filtered: 'filtered',
  guardrail_intervened: 'filtered',
};

const usageOf = (answer: unknown) => {
  const usage = at(answer, 'usage');
  const read = number(at(usage, 'cacheReadInputTokens'));
  const written = number(at(usage, 'cacheWriteInputTokens'));
  return {
    input: sum(number(at(usage, 'inputTokens')), read, written),
    output: number(at(usage, 'outputTokens')),
  };
};

const isOwn = (use: unknown) => use !== undefined && at(use, 'type') !== 'server_tool_use';

function whole(answer: unknown): Meaning {
  const content = list(at(answer, 'output', 'message', 'content'));
  const cited = (block: unknown) => list(at(block, 'citationsContent', 'content'));
  const said = content.flatMap((block) => [block, ...cited(block)]);
  const uses = content.map((block) => at(block, 'toolUse')).filter(isOwn);
  return {
    text: said.map((part) => text(at(part, 'text'))).join(''),
    calls: uses.map((use) => ({ name: text(at(use, 'name')), input: at(use, 'input') ?? {} })),
    stop: stops[text(at(answer, 'stopReason'))] ?? 'other',
    ...usageOf(answer),
  };
}

function streamed(frames: readonly unknown[]): Meaning {
  let said = '';
  let stop: Stop = 'other';
  let usage = usageOf(undefined);
  const calls = new Map<unknown, { name: string; told: string }>();
  for (const frame of frames) {
    const payload = at(frame, 'payload') as Json;
    const index = at(payload, 'contentBlockIndex');
    const use = at(payload, 'start', 'toolUse');
    if (isOwn(use)) calls.set(index, { name: text(at(use, 'name')), told: '' });
    said += text(at(payload, 'delta', 'text'));
    const call = calls.get(index);
    if (call !== undefined) call.told += text(at(payload, 'delta', 'toolUse', 'input'));
    if (at(payload, 'stopReason') !== undefined) {
      stop = stops[text(at(payload, 'stopReason'))] ?? 'other';
    }
    if (at(payload, 'usage') !== undefined) usage = usageOf(payload);
  }
  const made = [...calls.values()].map(({ name, told }) => ({ name, input: input(told) }));
  return { text: said, calls: made, stop, ...usage };
}

export const converse: Oracle = { whole, streamed };
