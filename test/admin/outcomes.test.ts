import { expect, it } from 'vitest';
import { createClient } from '@vitalgate/contract/api/client';
import { chatConfig, post, testGateway } from '../harness/gateway.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';
import { answerJson, answerWell, chatEvents, Upstream, type Script } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const MODEL = '/v1/chat/completions';
const NARROW = 'the-key-that-has-a-limit';
const ask = { model: 'chat', messages: [{ role: 'user', content: 'hello' }] };

const answering =
  (status: number): Script =>
  (_received, response) =>
    answerJson(response, status, { error: { message: 'no' } });
const breaking: Script = (_received, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`${chatEvents[0]}${chatEvents[1]}`, () => response.destroy());
};

/** In this order: the last leaves its provider's only credential resting. */
const calls: readonly [
  what: string,
  outcome: 'completed' | 'refused' | 'failed',
  script: Script,
  body: object | string,
  key?: string,
][] = [
  ['a good answer', 'completed', answerWell, ask],
  ['a body that is no JSON', 'refused', answerWell, '{'],
  ['a model that there is not', 'refused', answerWell, { ...ask, model: 'nothing' }],
  ['what a guardrail blocks', 'refused', answerWell, { ...ask, user: 'the-blocked-word' }],
  ['what the provider calls wrong', 'refused', answering(400), ask],
  ['the one call of a key', 'completed', answerWell, ask, NARROW],
  ['one more than its limit', 'refused', answerWell, ask, NARROW],
  ['a provider that fails', 'failed', answering(500), ask],
  ['a stream that is cut', 'failed', breaking, { ...ask, stream: true }],
  ['a provider that asks to wait', 'failed', answering(429), ask],
  ['a call while it has to wait', 'failed', answerWell, ask],
];

it('what callers were refused is told apart from what failed, everywhere alike', async () => {
  const clock = new ShiftedClock();
  const upstream = await Upstream.start('only', answerWell);
  const gateway = await testGateway({
    config: `health: { fall: 100 }
${chatConfig('openai-chat', [upstream])}  - { name: narrow, secret: ${NARROW}, limits: [{ requests: 1, per: 1h }] }
guardrails: [{ name: words, on: request, action: block, detect: [{ words: [the-blocked-word] }] }]
alertChannels: [{ name: chat, kind: slack, webhookUrl: "${upstream.url}/slack", private: true }]
alertRules: [{ name: errors, kind: error_ratio, above: 0.6, window: 1h, atLeast: 6, channels: [chat] }]
`,
    clock,
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
  const { call } = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });

  for (const [, , script, body, key] of calls) {
    upstream.script = script;
    const headers = key === undefined ? undefined : { authorization: `Bearer ${key}` };
    await (await post(gateway.url, MODEL, body, headers)).text();
  }
  const receipts = await until(
    async () => (await call('GET /api/requests')).items.toReversed(),
    ({ length }) => length >= calls.length,
  );
  expect(receipts.map(({ outcome }, i) => [calls[i]?.[0], outcome])).toEqual(
    calls.map(([what, outcome]) => [what, outcome]),
  );

  const sums = { requests: 11, refused: 5, failed: 4 };
  const { traffic, today } = await call('GET /api/overview');
  expect(today).toMatchObject(sums);
  expect(traffic).toMatchObject({ ...sums, errorRatio: 4 / 6 });
  expect((await call('GET /api/usage', { query: { by: 'day' } })).total).toMatchObject(sums);
  const { points } = await call('GET /api/traffic');
  expect(points.reduce((sum, { refused }) => sum + refused, 0)).toBe(5);
  const refused = await call('GET /api/requests', { query: { outcome: 'refused' } });
  expect(refused.items).toHaveLength(5);

  const metrics = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
  const counted = { completed: 0, refused: 0, failed: 0 };
  for (const [, outcome, n] of metrics.matchAll(/requests_total\{.*outcome="(\w+)"\} (\d+)/g)) {
    counted[outcome as 'failed'] += Number(n);
  }
  expect(counted).toEqual({ completed: 2, refused: 5, failed: 4 });

  const [alert] = await until(
    async () => {
      clock.forward(10_000);
      return (await call('GET /api/alerts')).items;
    },
    ({ length }) => length > 0,
  );
  expect(alert?.message).toBe('chat: 66.7 % of 6 requests failed in 60 min (above 60 %)');
});
