import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DialectName } from './codec.ts';
import { codecs } from './codecs.ts';
import { AnswerError, RequestError } from './errors.ts';
import { parseJson } from './json.ts';
import { profileOf } from './profile.ts';
import { readIntent, translate } from './translate.ts';

const names = Object.keys(codecs) as (keyof typeof codecs)[];
const callers = names.filter((name): name is DialectName => 'readRequest' in codecs[name]);

const profile = profileOf(new URL('https://example.com'), 'model');

/** What may be thrown, or it is a defect. */
function only<T>(allowed: new (...args: never[]) => Error, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof allowed) return undefined;
    throw error;
  }
}

describe.each(names)('%s', (name) => {
  const codec = codecs[name];

  it('takes anything for an answer without breaking, and for no success', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const reply = only(AnswerError, () => codec.readReply(text, `${name}/p`));
        expect(reply?.choices.map(({ stop }) => stop.reason) ?? []).not.toContain('end');
      }),
    );
  });

  it('takes anything for a stream without breaking, and never for a whole one', () => {
    const piece = fc.oneof(
      fc.uint8Array(),
      fc.json().map((json) => Buffer.from(`data: ${json}\n\n`)),
      fc.json().map((json) => Buffer.from(`event: x\ndata: ${json}\n\n`)),
      fc.json().map((json) => Buffer.from(`${json}\n`)),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const reader = codec.readStream(`${name}/p`);
        const events = pieces.flatMap((one) => [...reader.push(Buffer.from(one))]);
        events.push(...reader.end());
        expect(events.filter(({ type }) => type === 'finish')).toEqual([]);
      }),
    );
  });
});

describe.each(callers)('%s', (name) => {
  it('refuses what is no request, and says where', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        only(RequestError, () => readIntent(name, { body, model: 'chat', stream: false }));
      }),
    );
    expect(() => readIntent(name, { body: [], model: 'chat', stream: false })).toThrow(
      'body: found an array, expected an object',
    );
  });
});

/** A conversation with tools in each dialect; what it means is the same. */
const asked: Readonly<Partial<Record<DialectName, object>>> = {
  'openai-chat': {
    model: 'chat',
    max_tokens: 100,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: 'Looking.',
        tool_calls: [
          {
            id: 'a',
            type: 'function',
            function: { name: 'get', arguments: '{"n":12345678901234567890}' },
          },
          { id: 'b', type: 'function', function: { name: 'get', arguments: '{"n":2}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'b', content: 'two' },
      { role: 'tool', tool_call_id: 'a', content: 'one' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'And this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        ],
      },
    ],
    tools: [
      {
        type: 'function',
        function: {
          name: 'get',
          description: 'gets',
          parameters: { type: 'object', properties: { n: { type: 'integer' } } },
        },
      },
    ],
    tool_choice: 'required',
    stop: ['END'],
    temperature: 0.5,
  },
  anthropic: {
    model: 'chat',
    max_tokens: 100,
    system: 'Be brief.',
    messages: [
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Looking.' },
          {
            type: 'tool_use',
            id: 'a',
            name: 'get',
            input: { n: JSON.rawJSON('12345678901234567890') },
          },
          { type: 'tool_use', id: 'b', name: 'get', input: { n: 2 } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'b', content: 'two' },
          { type: 'tool_result', tool_use_id: 'a', content: 'one' },
          { type: 'text', text: 'And this?' },
          {
            type: 'image',
            source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' },
          },
        ],
      },
    ],
    tools: [
      {
        name: 'get',
        description: 'gets',
        input_schema: { type: 'object', properties: { n: { type: 'integer' } } },
      },
    ],
    tool_choice: { type: 'any' },
    stop_sequences: ['END'],
    temperature: 0.5,
  },
  gemini: {
    contents: [
      { role: 'user', parts: [{ text: 'Weather?' }] },
      {
        role: 'model',
        parts: [
          { text: 'Looking.' },
          {
            functionCall: {
              id: 'a',
              name: 'get',
              args: { n: JSON.rawJSON('12345678901234567890') },
            },
          },
          { functionCall: { id: 'b', name: 'get', args: { n: 2 } } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'b', name: 'get', response: { output: 'two' } } },
          { functionResponse: { id: 'a', name: 'get', response: { result: 'one' } } },
          { text: 'And this?' },
          { inline_data: { mime_type: 'image/png', data: 'iVBORw0KGgo=' } },
        ],
      },
    ],
    system_instruction: { parts: [{ text: 'Be brief.' }] },
    tools: [
      {
        function_declarations: [
          {
            name: 'get',
            description: 'gets',
            parameters: { type: 'OBJECT', properties: { n: { type: 'INTEGER' } } },
          },
        ],
      },
    ],
    tool_config: { function_calling_config: { mode: 'ANY' } },
    generation_config: { max_output_tokens: 100, stop_sequences: ['END'], temperature: 0.5 },
  },
};

/** What an intent says, without where it was said. */
function meaning(dialect: DialectName, body: unknown): unknown {
  const asked = parseJson(JSON.stringify(body));
  const { turns, tools, toolChoice, params } = readIntent(dialect, {
    body: asked,
    model: 'chat',
    stream: false,
  });
  const texts = (blocks: readonly object[]): unknown[] =>
    blocks.map((block) =>
      Object.fromEntries(
        Object.entries(block)
          .filter(
            ([key, value]) =>
              !['path', 'seal', 'cache', 'detail', 'name'].includes(key) && value !== undefined,
          )
          .map(([key, value]) => [key, key === 'content' ? texts(value as object[]) : value]),
      ),
    );
  const said: { role: string; blocks: unknown[] }[] = [];
  for (const { role, blocks } of turns) {
    const last = said.at(-1);
    if (last?.role === role) last.blocks.push(...texts(blocks));
    else said.push({ role, blocks: texts(blocks) });
  }
  return {
    said,
    tools: tools.map((tool) =>
      tool.kind === 'function' ? [tool.name, tool.description, tool.schema] : [],
    ),
    choice: toolChoice?.type,
    params,
  };
}

describe('a conversation', () => {
  const pairs = (Object.keys(asked) as DialectName[]).flatMap((from) =>
    (Object.keys(asked) as DialectName[]).map((to) => [from, to] as const),
  );

  it.each(pairs)('means the same from %s to %s', (from, to) => {
    const body = parseJson(JSON.stringify(asked[from]));
    const intent = readIntent(from, { body, model: 'chat', stream: false });
    const addressee = { model: 'm', origin: `${to}/p`, profile };
    const sent = translate(intent, to, addressee, { model: 'chat', id: 'r', created: 0 });
    expect(sent.losses.all.filter(({ path }) => !path.startsWith('max_'))).toEqual([]);
    expect(sent.body).toContain('12345678901234567890');
    const withIds = (found: unknown): string =>
      // Gemini has no ids: calls are paired by name and order, and numbered.
      JSON.stringify(found)
        .replaceAll('"id":"call_0"', '"id":"a"')
        .replaceAll('"id":"call_1"', '"id":"b"');
    const there = withIds(meaning(to, parseJson(sent.body)));
    const here = withIds(meaning(from, body));
    const sorted = (text: string) =>
      JSON.stringify(JSON.parse(text), undefined, 1).split('\n').sort();
    expect(sorted(there)).toEqual(sorted(here));
  });
});
