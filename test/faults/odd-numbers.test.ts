import { createClient } from '@vitalgate/contract/api/client';
import { expect, it } from 'vitest';
import { chatConfig, KEY, post, testGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

/** Providers that count and wait as nobody can: nothing they say may be absurd with us, or cost a key its day. */

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const COUNTS = ['-5', '1.5', '1e308', '1e400', '9007199254740993', '1e15', '"12"', 'true', '[1]'];

const answerOf = (count: string): string =>
  `{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":${count},"completion_tokens":${count},"total_tokens":${count}}}`;

it('tokens are believed in whole numbers that a call can have, and estimated otherwise', async () => {
  const upstream = await Upstream.start('only', answerWell);
  const config = chatConfig('openai-chat', [upstream]).replace(
    `secret: ${KEY}`,
    `secret: ${KEY}, limits: [{ cost: 1, unit: USD, per: 1d }]`,
  );
  const gateway = await testGateway({
    config: config.replace('model: upstream-model', '$&, price: { input: 1, output: 4 }'),
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
  for (const count of COUNTS) {
    upstream.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(answerOf(count));
    };
    for (const path of ['/v1/chat/completions', '/v1/messages']) {
      const messages = [{ role: 'user', content: 'hello' }];
      const answer = await post(gateway.url, path, { model: 'chat', max_tokens: 5, messages });
      expect([count, answer.status]).toEqual([count, 200]);
      await answer.text();
    }
  }
  const { call } = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });
  const rows = await until(
    async () => (await call('GET /api/requests')).items,
    ({ length }) => length === COUNTS.length * 2,
  );
  const odd = rows.filter(({ tokens, cost }) => {
    const { input, output } = tokens;
    const isWhole = Number.isInteger(input) && Number.isInteger(output);
    return !isWhole || cost === null || !(cost > 0 && cost < 0.01);
  });
  expect(odd).toEqual([]);
});

it.each([
  // Nothing that can be understood: it is asked again after as long as the gateway waits by itself.
  [{ 'retry-after': 'Infinity' }, '{}', '5'],
  [{ 'retry-after': '1e9' }, '{}', '5'],
  [{ 'retry-after-ms': 'Infinity', 'retry-after': '7' }, '{}', '7'],
  [{}, `{"error":{"details":[{"retryDelay":"${'9'.repeat(400)}s"}]}}`, '600'],
])('a wait of %j is told as long as it is waited for here', async (fields, body, told) => {
  const upstream = await Upstream.start('only', (_, response) => {
    response.writeHead(429, { 'content-type': 'application/json', ...fields });
    response.end(body);
  });
  const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
  const messages = [{ role: 'user', content: 'hello' }];
  const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat', messages });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, told]);
  expect(answer.headers.get('retry-after-ms')).toBeNull();
});
