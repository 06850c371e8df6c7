import { describe, expect, it } from 'vitest';
import { Losses } from '../losses.ts';
import { unknownUsage } from '../usage.ts';
import { codec } from './codec.ts';

const as = {
  model: 'm',
  id: 'x',
  created: 0,
  form: 'mistral' as const,
  showUsage: true,
  losses: new Losses(),
};

describe('Chat Completions for Mistral’s clients', () => {
  it('are read under its names', () => {
    const body = {
      model: 'm',
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: [{ type: 'text', text: 'So.' }] },
            { type: 'text', text: 'Hello' },
          ],
        },
      ],
      tools: [{ type: 'function', function: { name: 'look', parameters: {} } }],
      random_seed: 7,
      tool_choice: 'any',
    };
    const intent = codec.readRequest({ body, form: 'mistral' });
    expect(intent).toMatchObject({
      form: 'mistral',
      showUsage: true,
      params: { seed: 7 },
      toolChoice: { type: 'required' },
      extras: [],
    });
    expect(intent.turns[1]?.blocks).toMatchObject([
      { kind: 'reasoning', text: 'So.' },
      { kind: 'text', text: 'Hello' },
    ]);
  });

  it('have a usage even where nothing is known of it', () => {
    const stop = { reason: 'end' as const, raw: 'stop' };
    const choices = [{ blocks: [{ kind: 'text' as const, text: 'Hello' }], stop }];
    const reply = { id: 'a', model: 'm', choices, usage: unknownUsage };
    expect(JSON.parse(codec.writeReply(reply, as))).toHaveProperty('usage', {});
    const plain = { ...as, form: undefined };
    expect(JSON.parse(codec.writeReply(reply, plain))).not.toHaveProperty('usage');
  });

  it('have reasoning among what is said', () => {
    const blocks = [
      { kind: 'reasoning' as const, text: 'So.' },
      { kind: 'text' as const, text: 'Hello' },
    ];
    const stop = { reason: 'end' as const, raw: 'stop' };
    const reply = { id: 'a', model: 'm', choices: [{ blocks, stop }], usage: unknownUsage };
    expect(JSON.parse(codec.writeReply(reply, as))).toMatchObject({
      choices: [
        {
          message: {
            content: [
              { type: 'thinking', thinking: [{ type: 'text', text: 'So.' }] },
              { type: 'text', text: 'Hello' },
            ],
          },
        },
      ],
    });
  });

  it('stream calls whole, and usage with the reason to stop', () => {
    const writer = codec.writeStream(as);
    const call = { block: 0, choice: 0, kind: 'tool-call' as const, id: 'abcdefghi', name: 'look' };
    const text = [
      writer.write({ type: 'block-start', ...call }),
      writer.write({ type: 'delta', block: 0, text: '{"a":' }),
      writer.write({ type: 'delta', block: 0, text: '1}' }),
      writer.write({ type: 'block-end', block: 0 }),
      writer.write({ type: 'stop', choice: 0, stop: { reason: 'tool-call', raw: undefined } }),
      writer.write({ type: 'usage', usage: { ...unknownUsage, input: 3, output: 4 } }),
      writer.write({ type: 'finish' }),
    ].join('');
    const chunks = [...text.matchAll(/^data: (\{.*\})$/gm)].map(
      ([, json = '']) => JSON.parse(json) as { readonly choices: readonly unknown[] },
    );
    const calls = [{ id: 'abcdefghi', function: { name: 'look', arguments: '{"a":1}' } }];
    expect(chunks).toMatchObject([
      { choices: [{ delta: { role: 'assistant' } }] },
      { choices: [{ delta: { tool_calls: calls }, finish_reason: null }] },
      {
        choices: [{ finish_reason: 'tool_calls' }],
        usage: { prompt_tokens: 3, completion_tokens: 4 },
      },
    ]);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });
});
