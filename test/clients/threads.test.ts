/** Conversations that Anthropic keeps (message threads, beta), which its clients ask for by themselves. */
import Anthropic from '@anthropic-ai/sdk';
import { expect, it } from 'vitest';
import { chatConfig, KEY, testGateway, type TestGateway } from '../harness/gateway.ts';
import {
  answerJson,
  answerWell,
  chatAnswer,
  messageAnswer,
  Upstream,
} from '../harness/upstream.ts';

const clientOf = ({ url }: TestGateway) =>
  new Anthropic({ baseURL: url, apiKey: KEY, maxRetries: 0 });

const weather = {
  name: 'weather',
  description: 'tells the weather',
  input_schema: { type: 'object' as const, properties: {} },
  run: () => 'sunny',
  parse: (input: unknown) => input,
};

it('go on without being kept where a provider of another dialect answers', async () => {
  const upstream = await Upstream.start('other', ({ body }, response) => {
    const call = { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{}' } };
    const message = { role: 'assistant', content: null, tool_calls: [call] };
    const choices = [{ index: 0, message, finish_reason: 'tool_calls' }];
    const isFirst = !body.includes('"role":"tool"');
    answerJson(response, 200, isFirst ? { ...chatAnswer, choices } : chatAnswer);
  });
  const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
  const runner = clientOf(gateway).beta.messages.toolRunner({
    model: 'chat',
    max_tokens: 50,
    messages: [{ role: 'user', content: 'How is the weather?' }],
    tools: [weather],
  });
  expect((await runner.runUntilDone()).content).toMatchObject([{ type: 'text', text: 'hello' }]);
  const asked = upstream.calls.map(
    ({ body }) => JSON.parse(body.toString()) as { messages: { role: string }[] },
  );
  expect(asked.map(({ messages }) => messages.map(({ role }) => role))).toEqual([
    ['user'],
    ['user', 'assistant', 'tool'],
  ]);
});

it('that are lost say nothing against a model, and begin anew', async () => {
  const upstream = await Upstream.start('first', ({ body }, response) => {
    if (!body.includes('"continue"')) return answerJson(response, 200, messageAnswer);
    const details = { error_code: 'thread_not_found' };
    const error = { type: 'not_found_error', message: 'there is no such thread', details };
    answerJson(response, 404, { type: 'error', error });
  });
  const second = await Upstream.start('second', answerWell);
  const gateway = await testGateway({ config: chatConfig('anthropic', [upstream, second]) });
  const thread = clientOf(gateway).beta.messages.thread({ model: 'chat', max_tokens: 50 });
  for (const content of ['Hi', 'And now?']) {
    const answer = await thread.send({ role: 'user', content });
    expect(answer.content).toMatchObject([{ type: 'text', text: 'hello' }]);
  }
  expect(upstream.calls).toHaveLength(3);
  expect(upstream.calls.at(-1)?.body.toString()).toContain('And now?');
  expect(second.calls).toHaveLength(0);
});
