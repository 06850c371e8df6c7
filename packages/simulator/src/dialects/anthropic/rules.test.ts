import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { Refusal } from '../dialect.ts';
import { checkMessages } from './rules.ts';

const user = { role: 'user', content: 'Hello' };
const using = (...ids: readonly string[]): JsonObject => ({
  role: 'assistant',
  content: ids.map((id) => ({ type: 'tool_use', id, name: 'look', input: {} })),
});
const results = (...ids: readonly string[]): JsonObject => ({
  role: 'user',
  content: ids.map((id) => ({ type: 'tool_result', tool_use_id: id, content: 'rain' })),
});
const tool = { name: 'look', input_schema: { type: 'object' } };
const thinking = { type: 'enabled', budget_tokens: 1024 };

function refused(change: JsonObject, purpose: 'create' | 'count' = 'create'): string | undefined {
  try {
    checkMessages({ model: 'm', max_tokens: 2000, messages: [user], ...change }, purpose);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    expect(error.failure.status).toBe(400);
    return error.failure.message;
  }
  return undefined;
}

const unanswered = (at: number, ids: string): string =>
  `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;

describe('what Anthropic refuses', () => {
  it.each<[JsonObject, string]>([
    [{ model: undefined }, 'model: Field required'],
    [{ messages: undefined }, 'messages: Field required'],
    [{ messages: 'Hello' }, 'messages: Input should be a valid list'],
    [
      {
        messages: [
          user,
          { role: 'assistant', content: [{ type: 'thinking', thinking: 'So.', signature: 'x' }] },
          user,
        ],
      },
      'messages.1.content.0: Invalid `signature` in `thinking` block',
    ],
    [{ messages: [] }, 'messages: at least one message is required'],
    [{ max_tokens: undefined }, 'max_tokens: Field required'],
    [{ max_tokens: 0 }, 'max_tokens: Input should be greater than or equal to 1'],
    [{ max_tokens: '9' }, 'max_tokens: Input should be a valid integer'],
    [{ messages: [7] }, 'messages.0: Input should be a valid dictionary'],
    [{ messages: [{ content: 'x' }] }, 'messages.0.role: Field required'],
    [{ messages: [{ role: 'user' }] }, 'messages.0.content: Field required'],
    [
      { messages: [user, { role: 'tool', content: 'x' }] },
      "messages.1.role: Input should be 'user' or 'assistant'",
    ],
    [
      { messages: [{ role: 'system', content: 'x' }, user] },
      'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] },
      'messages: text content blocks must be non-empty',
    ],
    [
      { messages: [user, using('toolu_1', 'toolu_2'), results('toolu_1')] },
      unanswered(1, 'toolu_2'),
    ],
    [{ messages: [user, using('toolu_1')] }, unanswered(1, 'toolu_1')],
    [
      { messages: [user, using('toolu_1'), using('toolu_2'), results('toolu_2')] },
      unanswered(1, 'toolu_1'),
    ],
    [
      { messages: [user, results('toolu_9')] },
      'messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_9. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
    ],
    [{ tool_choice: { type: 'auto' } }, 'tool_choice: may only be specified while providing tools'],
    [{ tools: [{ input_schema: {} }] }, 'tools.0.custom.name: Field required'],
    [
      { tools: [{ ...tool, name: 'a.b' }] },
      "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
    ],
    [{ tools: [{ name: 'look' }] }, 'tools.0.custom.input_schema: Field required'],
    [
      { tools: [{ ...tool, input_schema: {} }] },
      'tools.0.custom.input_schema.type: Field required',
    ],
    [{ thinking: { type: 'enabled' } }, 'thinking.enabled.budget_tokens: Field required'],
    [
      { thinking: { ...thinking, budget_tokens: 1000 } },
      'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
    ],
    [{ thinking, max_tokens: 1024 }, '`max_tokens` must be greater than `thinking.budget_tokens`.'],
    [
      { thinking, tools: [tool], tool_choice: { type: 'any' } },
      'Thinking may not be enabled when tool_choice forces tool use.',
    ],
    [
      { thinking, temperature: 0.5 },
      '`temperature` may only be set to 1 when thinking is enabled.',
    ],
    [{ temperature: 1.5 }, 'temperature: range: 0..1'],
  ])('%j', (change, message) => {
    expect(refused(change)).toBe(message);
  });

  it.each<JsonObject>([
    {},
    { messages: [user, using('toolu_1'), using('toolu_2'), results('toolu_1', 'toolu_2'), user] },
    {
      messages: [
        user,
        using('toolu_1'),
        results('toolu_1'),
        { role: 'system', content: 'x' },
        user,
      ],
    },
    {
      thinking: { type: 'adaptive' },
      tools: [tool],
      tool_choice: { type: 'any' },
      temperature: 0.5,
    },
    { tools: [{ type: 'web_search_20250305', name: 'web_search' }, tool] },
  ])('not %j', (change) => {
    expect(refused(change)).toBeUndefined();
  });

  it('does not ask a count for a limit', () => {
    expect(refused({ max_tokens: undefined }, 'count')).toBeUndefined();
  });
});
