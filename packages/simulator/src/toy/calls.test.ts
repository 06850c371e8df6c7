import { describe, expect, it } from 'vitest';
import type { Ask } from './ask.ts';
import { callsFor } from './calls.ts';
import { Random } from './random.ts';

const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const weather = { name: 'get_weather', parameters: city };
const clock = { name: 'currentTime', parameters: undefined };

const asking = (userText: string, more: Partial<Ask> = {}): Ask => ({
  model: 'm',
  userText,
  toolResults: [],
  attachments: [],
  tools: [weather, clock],
  toolChoice: 'auto',
  parallelTools: true,
  speaksBeforeTools: false,
  format: 'text',
  maxTokens: undefined,
  stop: [],
  reasoning: 'none',
  variation: '',
  ...more,
});

const calls = (ask: Ask): readonly string[] =>
  callsFor(ask, new Random(1)).map((call) => `${call.name}${JSON.stringify(call.arguments)}`);

const paris = 'get_weather{"city":"Paris"}';
const time = 'currentTime{}';

describe('callsFor', () => {
  it.each([
    ['What is the weather in Paris?', [paris]],
    ['Please use get_weather for "Paris".', [paris]],
    ['What time is it?', [time]],
    ['Tell me the weather in Paris and the time.', [paris, time]],
    ['Call all of your tools about Paris.', [paris, time]],
    ['Use a tool, in Paris.', [paris]],
    ['Who are you?', []],
  ])('%s', (text, expected) => {
    expect(calls(asking(text))).toEqual(expected);
  });

  it.each([
    ['What is the weather in San Francisco and Boston?', ['San Francisco', 'Boston']],
    ['The weather in Oslo and then in Rome, in parallel.', ['Oslo', 'Rome']],
  ])('calls once for each: %s', (text, cities) => {
    const expected = cities.map((name) => `get_weather{"city":"${name}"}`);
    expect(calls(asking(text))).toEqual(expected);
  });

  it('calls as often as it is told, within reason', () => {
    const tools = [weather];
    expect(calls(asking('Check the weather 3 times.', { tools }))).toHaveLength(3);
    expect(calls(asking('Check the weather 1000000 times.', { tools }))).toHaveLength(8);
  });

  it('calls once when parallel calls are not allowed', () => {
    const text = 'The weather in Paris and Rome, and the time.';
    expect(calls(asking(text, { parallelTools: false }))).toEqual([paris]);
  });

  it('obeys the choice', () => {
    expect(calls(asking('The weather in Paris?', { toolChoice: 'none' }))).toEqual([]);
    expect(calls(asking('Hello.', { toolChoice: 'required' }))).toHaveLength(1);
    const named = { toolChoice: { name: 'currentTime' } };
    expect(calls(asking('The weather in Paris?', named))).toEqual([time]);
  });

  it('does not ask again once a tool has answered, unless it must', () => {
    const answered = { toolResults: ['rain'] };
    expect(calls(asking('The weather in Paris?', answered))).toEqual([]);
    const forced = { ...answered, toolChoice: 'required' as const };
    expect(calls(asking('The weather in Paris?', forced))).toEqual([paris]);
  });

  it('finds the wish at either end of a long message', () => {
    const long = 'sea '.repeat(100_000);
    expect(calls(asking(`${long} the weather in Paris?`))).toHaveLength(1);
    expect(calls(asking(`the weather in Paris? ${long}`))).toHaveLength(1);
  });
});
