import { expect, it } from 'vitest';
import { chatConfig, KEY, post, testGateway } from '../harness/gateway.ts';
import { answerJson, answerWell, Upstream, type Script } from '../harness/upstream.ts';

it('E5: with too few left, a resting one is asked before anything is refused, and health says so', async () => {
  let isBroken = true;
  const flaky: Script = (received, response) =>
    isBroken ? answerJson(response, 500, { error: {} }) : answerWell(received, response);
  const first = await Upstream.start('first', flaky);
  const second = await Upstream.start('second', flaky);
  const third = await Upstream.start('third', answerWell);
  const gateway = await testGateway({
    config: chatConfig('openai-chat', [first, second, third], 'health: { rest: 1m, maxRest: 1m }'),
  });
  const ask = () => post(gateway.url, '/v1/chat/completions', { model: 'chat' });
  for (let i = 0; i < 3; i += 1) expect((await ask()).status).toBe(200);
  const asked = first.calls.length + second.calls.length;
  const headers = { authorization: `Bearer ${KEY}` };
  const health = await fetch(`${gateway.url}/health/models/chat`, { headers });
  expect(await health.json()).toMatchObject({
    status: 'degraded',
    reason: 'below_floor',
  });

  isBroken = false;
  expect((await ask()).headers.get('x-vitalgate-target')).toBe('third/upstream-model');
  expect(first.calls.length + second.calls.length).toBe(asked);
  third.script = (_received, response) => answerJson(response, 503, { error: {} });
  const answer = await ask();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-vitalgate-attempts')).toBe('2');
  expect(answer.headers.get('x-vitalgate-target')).toMatch(/^(first|second)\//);
});
