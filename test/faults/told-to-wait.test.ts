/** MX6: providers that ask to be left alone, and what their callers are told. */
import { describe, expect, it } from 'vitest';
import { chatConfig, KEY, post, testGateway } from '../harness/gateway.ts';
import { answerJson, answerWell, Upstream, type Script } from '../harness/upstream.ts';

const PATH = '/v1/chat/completions';

const busy =
  (retryAfter?: string): Script =>
  (_received, response) => {
    if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
    answerJson(response, 429, { error: { message: 'slow down', code: 'rate_limit_exceeded' } });
  };

describe('MX6: of several that ask to wait', () => {
  it.each([
    ['9', '30'],
    ['30', '9'],
  ])('the shortest time is told: %s and %s', async (one, other) => {
    const first = await Upstream.start('first', busy(one));
    const second = await Upstream.start('second', busy(other));
    const gateway = await testGateway({ config: chatConfig('openai-chat', [first, second]) });
    for (let i = 0; i < 4; i += 1) {
      const answer = await post(gateway.url, PATH, { model: 'chat' });
      await answer.text();
      expect(answer.status).toBe(429);
      const wait = Number(answer.headers.get('retry-after'));
      expect([i, wait]).toEqual([i, expect.toBeOneOf([8, 9])]);
    }
    // Each was asked once, and is left alone; that is no illness.
    expect([first.calls.length, second.calls.length]).toEqual([1, 1]);
    const health = await fetch(`${gateway.url}/health`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(health.status).toBe(200);
  });
});

describe('MX6: a time to wait that is none', () => {
  it.each([
    undefined,
    'banana',
    '-5',
    '1e99',
    '999999999',
    '0',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    ' ',
  ])('%j is survived, and holds nobody up for longer than ten minutes', async (retryAfter) => {
    const first = await Upstream.start('first', busy(retryAfter));
    const second = await Upstream.start('second', answerWell);
    const gateway = await testGateway({ config: chatConfig('openai-chat', [first, second]) });
    for (let i = 0; i < 3; i += 1) {
      const answer = await post(gateway.url, PATH, { model: 'chat' });
      await answer.text();
      expect([answer.status, answer.headers.get('x-vitalgate-target')]).toEqual([
        200,
        'second/upstream-model',
      ]);
    }
    second.script = busy(retryAfter);
    const refused = await post(gateway.url, PATH, { model: 'chat' });
    await refused.text();
    expect(refused.status).toBe(429);
    const told = refused.headers.get('retry-after') ?? '1';
    // A time that has passed is none to wait.
    const wait = /^\d+$/.test(told) ? Number(told) : (Date.parse(told) - Date.now()) / 1000;
    expect(wait).toBeLessThanOrEqual(600);
  });
});
