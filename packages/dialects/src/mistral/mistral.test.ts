import { describe, expect, it } from 'vitest';
import type { DialectName } from '../codec.ts';
import { refusalText } from '../failure.ts';
import { parseJson } from '../json.ts';
import { profileOf } from '../profile.ts';
import type { StreamEvent } from '../reply.ts';
import { readIntent, translate, type Translation } from '../translate.ts';
import { codec } from './codec.ts';
import { wire } from './wire.ts';

function translated(
  body: object,
  {
    from = 'openai-chat',
    model = 'mistral-small-latest',
  }: { from?: DialectName; model?: string } = {},
): Translation {
  const asked = parseJson(JSON.stringify({ model: 'chat', ...body }));
  const profile = profileOf(new URL('https://api.mistral.ai/v1'), model);
  const addressee = { model, origin: 'mistral/p', profile };
  const speaker = { model: 'chat', id: 'r1', created: 0 };
  return translate(readIntent(from, { body: asked }), 'mistral', addressee, speaker);
}

const sent = ({ body }: Translation) => JSON.parse(body) as Record<string, unknown>;
const lost = ({ losses }: Translation) => losses.all.map(({ path }) => path).sort();

const call = (id: string) => ({ id, type: 'function', function: { name: 'get', arguments: '' } });

describe('a request for mistral', () => {
  it('says what it knows in its words, and nothing else', () => {
    const translation = translated({
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What?' },
            { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
            {
              type: 'file',
              file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' },
            },
            { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
          ],
        },
        { role: 'assistant', content: 'It is', refusal: null },
      ],
      max_completion_tokens: 5,
      temperature: 0.5,
      seed: 7,
      stop: 'END',
      stream: true,
      prompt_cache_key: 'k',
      reasoning_effort: 'high',
      parallel_tool_calls: false,
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } },
    });
    expect(lost(translation)).toEqual([]);
    expect(sent(translation)).toEqual({
      model: 'mistral-small-latest',
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What?' },
            { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
            {
              type: 'document_url',
              document_url: 'data:application/pdf;base64,AAAA',
              document_name: 'a.pdf',
            },
            { type: 'input_audio', input_audio: 'AAAA' },
          ],
        },
        { role: 'assistant', content: 'It is', prefix: true },
      ],
      max_tokens: 5,
      temperature: 0.5,
      random_seed: 7,
      stop: ['END'],
      stream: true,
      prompt_cache_key: 'k',
      reasoning_effort: 'high',
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } },
    });
  });

  it('gives calls ids of nine letters and digits, the same for the same', () => {
    const translation = translated({
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', tool_calls: [call('call_1'), call('FI5qQGzDE')] },
        { role: 'tool', tool_call_id: 'FI5qQGzDE', content: 'a' },
        { role: 'tool', tool_call_id: 'call_1', content: 'b' },
      ],
      tools: [{ type: 'function', function: { name: 'get' } }],
      tool_choice: 'required',
    });
    const [, called, first, second] = sent(translation)['messages'] as {
      tool_calls: { id: string; function: object }[];
      tool_call_id: string;
    }[];
    const ids = called?.tool_calls.map(({ id }) => id) ?? [];
    expect(ids[0]).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(ids[1]).toBe('FI5qQGzDE');
    expect(first).toMatchObject({ role: 'tool', tool_call_id: ids[1], name: 'get', content: 'a' });
    expect(second?.tool_call_id).toBe(ids[0]);
    expect(called?.tool_calls[0]?.function).toEqual({ name: 'get', arguments: '{}' });
    expect(sent(translation)).toMatchObject({
      tools: [{ function: { name: 'get', parameters: { type: 'object', properties: {} } } }],
      tool_choice: 'required',
    });
    expect(lost(translation)).toEqual([]);
  });

  it('lets the assistant speak between a result and the user', () => {
    const translation = translated(
      {
        max_tokens: 5,
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'get', input: {} }] },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'a', content: 'no', is_error: true },
              { type: 'text', text: 'And?' },
            ],
          },
        ],
      },
      { from: 'anthropic' },
    );
    expect((sent(translation)['messages'] as object[]).slice(2)).toMatchObject([
      { role: 'tool', content: [{ text: 'Error:' }, { text: 'no' }] },
      { role: 'assistant', content: 'OK' },
      { role: 'user', content: 'And?' },
    ]);
    expect(lost(translation)).toEqual(['messages[2]', 'messages[2].content[0].is_error']);
  });

  it('tells what has no place', () => {
    const asked = {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'x', reasoning_content: 'hm' },
        {
          role: 'user',
          content: [
            { type: 'file', file: { file_id: 'f' } },
            { type: 'text', text: 'y' },
          ],
        },
      ],
      temperature: 1.8,
      top_k: 5,
      logprobs: true,
      logit_bias: {},
      user: 'u',
      store: true,
      reasoning_effort: 'low',
      what: 1,
    };
    expect(lost(translated(asked))).toEqual([
      'logit_bias',
      'logprobs',
      'messages[1].reasoning_content',
      'messages[2].content[0]',
      'reasoning_effort',
      'store',
      'temperature',
      'top_k',
      'user',
      'what',
    ]);
    const magistral = translated(asked, { model: 'magistral-medium-latest' });
    expect(sent(magistral)).not.toHaveProperty('reasoning_effort');
    expect(sent(magistral)['temperature']).toBe(1.5);
  });
});

const thinking = (text: string) => ({ type: 'thinking', thinking: [{ type: 'text', text }] });

describe('an answer of mistral', () => {
  it('may come in pieces of text and reasoning, which go back to it', () => {
    const answer = {
      id: 'a',
      model: 'magistral-medium-2507',
      choices: [
        {
          index: 0,
          finish_reason: 'model_length',
          message: {
            role: 'assistant',
            content: [
              thinking('hm'),
              { type: 'text', text: '4' },
              { type: 'reference', reference_ids: [1] },
            ],
          },
        },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 46, num_cached_tokens: 3 },
    };
    const reply = codec.readReply(JSON.stringify(answer), 'mistral/p');
    expect(reply).toMatchObject({
      choices: [
        {
          blocks: [
            { kind: 'reasoning', text: 'hm', seal: { origin: 'mistral/p', data: '' } },
            { kind: 'text', text: '4' },
            { kind: 'foreign', type: 'reference' },
          ],
          stop: { reason: 'context', raw: 'model_length' },
        },
      ],
      usage: { input: 10, cached: 3, output: 46 },
    });
    const first = translated({ messages: [{ role: 'user', content: 'Hi' }] });
    const { message } = (
      JSON.parse(first.answer(JSON.stringify(answer))) as { choices: { message: object }[] }
    ).choices[0] ?? { message: {} };
    const again = translated({ messages: [message, { role: 'user', content: 'On' }] });
    expect((sent(again)['messages'] as object[])[0]).toEqual({
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
        { type: 'text', text: '4' },
      ],
    });
  });
});

const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) =>
  `data: ${JSON.stringify({ id: 'a', model: 'm', choices: [{ index: 0, delta, finish_reason }], p: 'abc', ...more })}\n\n`;

const stream = [
  chunk({ role: 'assistant', content: [thinking('Grüße')] }),
  chunk({ content: [thinking(' 👋')] }),
  chunk({ content: [{ type: 'text', text: 'x' }] }),
  chunk({ content: 'y' }),
  chunk({
    content: null,
    tool_calls: [
      { id: 'gSIMJiOkT', function: { name: 'f', arguments: '{}' } },
      { id: 'hSIMJiOkT', function: { name: 'g', arguments: '' } },
    ],
  }),
  chunk({ content: '' }, 'tool_calls', { usage: { prompt_tokens: 1, completion_tokens: 2 } }),
  'data: [DONE]\n\n',
].join('');

function eventsOf(pieces: readonly Buffer[]): readonly StreamEvent[] {
  const reader = codec.readStream('mistral/p');
  return [...pieces.flatMap((piece) => [...reader.push(piece)]), ...reader.end()];
}

describe('a stream of mistral', () => {
  const bytes = Buffer.from(stream);

  it('is the same wherever it is cut', () => {
    const whole = eventsOf([bytes]);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(eventsOf([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
    }
    const kinds = whole.flatMap((event) => (event.type === 'block-start' ? [event.kind] : []));
    expect(kinds).toEqual(['reasoning', 'text', 'tool-call', 'tool-call']);
    const texts = whole.flatMap((event) => (event.type === 'delta' ? [event.text] : []));
    expect(texts).toEqual(['Grüße', ' 👋', 'x', 'y', '{}']);
    expect(whole.at(-1)).toEqual({ type: 'finish' });
  });

  it('may tell an error in the place of a chunk', () => {
    const error = { object: 'error', message: 'Service unavailable', type: 'internal', code: 1 };
    expect(eventsOf([Buffer.from(`data: ${JSON.stringify(error)}\n\n`)])).toEqual([
      { type: 'failure', kind: 'internal', message: 'Service unavailable' },
    ]);
    const watch = wire.watch();
    watch.push(bytes);
    expect(watch).toMatchObject({
      finished: true,
      hasContent: true,
      usage: { input: 1, output: 2 },
    });
  });
});

describe('a refusal of mistral', () => {
  it.each([
    [{ object: 'error', message: 'Invalid model', type: 'x', code: '1500' }, 'Invalid model'],
    [{ detail: 'Unauthorized' }, 'Unauthorized'],
    [{ detail: [{ loc: ['body', 'n'], msg: 'too small' }] }, 'body.n: too small'],
    [
      { object: 'error', message: { detail: [{ loc: ['body'], msg: 'a' }, { msg: 'b' }] } },
      'body: a; b',
    ],
  ])('is understood: %j', (body, text) => {
    expect(refusalText(JSON.stringify(body))).toBe(text);
  });
});
