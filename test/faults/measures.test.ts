/** What is measured of a target's answers, as an operator reads it. */
import { expect, it } from 'vitest';
import { chatConfig, post, testGateway } from '../harness/gateway.ts';
import { answerJson, chatAnswer, chatEvents, Upstream, type Script } from '../harness/upstream.ts';

const TOKEN = 'an-admin-token-of-at-least-32-characters';

const saying =
  (...texts: readonly string[]): Script =>
  ({ body }, response) => {
    const text = texts[0] ?? '';
    if (!body.includes('"stream":true')) {
      const [choice] = chatAnswer.choices;
      const message = { role: 'assistant', content: text };
      return answerJson(response, 200, { ...chatAnswer, choices: [{ ...choice, message }] });
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const delta = JSON.stringify(text);
    response.write(chatEvents[0]);
    response.write(
      `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":${delta}},"finish_reason":null}]}\n\n`,
    );
    for (const event of chatEvents.slice(2)) response.write(event);
    response.end();
  };

async function measured(script: Script) {
  const only = await Upstream.start('only', script);
  const gateway = await testGateway({
    config: chatConfig('openai-chat', [only], 'health: { fall: 100 }'),
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
  const ask = async (more: object) => {
    const body = { model: 'chat', messages: [{ role: 'user', content: 'hi' }], ...more };
    const answer = await post(gateway.url, '/v1/chat/completions', body);
    await answer.text();
  };
  const why = async (): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const answer = await fetch(`${gateway.url}/health/why/only/upstream-model`, { headers });
    return ((await answer.json()) as { measured: Record<string, unknown> }).measured;
  };
  return { only, ask, why };
}

const format = { response_format: { type: 'json_object' } };

it.each([false, true])(
  'tells answers that were to be JSON and are not (stream: %s)',
  async (stream) => {
    const { only, ask, why } = await measured(saying('{"ship":"Vega"}'));
    for (let i = 0; i < 6; i += 1) await ask({ stream, ...format });
    expect(await why()).toMatchObject({ unstructuredAnswers: 0, served: 1 });
    only.script = saying('Here you are: {"ship":');
    for (let i = 0; i < 6; i += 1) await ask({ stream, ...format });
    expect((await why())['unstructuredAnswers']).toBeCloseTo(0.5, 1);
  },
);

it('judges only what was asked for, and what the model ended by itself', async () => {
  const { ask, why } = await measured(saying('no JSON'));
  for (let i = 0; i < 6; i += 1) await ask({});
  expect(await why()).not.toHaveProperty('unstructuredAnswers');
  const [choice] = chatAnswer.choices;
  const cut = { ...chatAnswer, choices: [{ ...choice, finish_reason: 'length' }] };
  const { ask: askCut, why: whyCut } = await measured((_received, response) =>
    answerJson(response, 200, cut),
  );
  for (let i = 0; i < 6; i += 1) await askCut(format);
  expect(await whyCut()).not.toHaveProperty('unstructuredAnswers');
});

it('tells streams that break off, and features apart', async () => {
  const { ask, why } = await measured(({ body }, response) => {
    if (!body.includes('"tools"'))
      return saying('hello')({ body } as Parameters<Script>[0], response);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chatEvents[0]);
    response.write(chatEvents[1], () => response.socket?.resetAndDestroy());
    return undefined;
  });
  const tools = [{ type: 'function', function: { name: 'f', parameters: {} } }];
  for (let i = 0; i < 5; i += 1) {
    await ask({ stream: true });
    await ask({ stream: true, tools }).catch(() => undefined);
  }
  const told = await why();
  expect(told['served']).toBeCloseTo(0.5, 1);
  expect(told['truncatedStreams']).toBeCloseTo(0.5, 1);
  expect(told['servedWith']).toMatchObject({ tools: 0 });
});
