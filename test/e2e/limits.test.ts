import { describe, expect, it } from 'vitest';
import { routeTable } from '../../packages/gateway/src/server/routes.ts';
import { chatConfig, KEY, post, testGateway } from '../harness/gateway.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const limited = (config: string, limits: string) =>
  config.replace(`secret: ${KEY} }`, `secret: ${KEY}, limits: ${limits} }`);

const PATH = '/v1/chat/completions';

describe('limits of a key', () => {
  it('hold on every route, streamed or not, and are told', async () => {
    const upstream = await Upstream.start('only', answerWell);
    for (const { method, path: template } of routeTable) {
      const path = template.replace('{model}', 'chat');
      const gateway = await testGateway({
        config: limited(chatConfig('openai-chat', [upstream]), '[{ requests: 1, per: 1m }]'),
      });
      const ask = (stream: boolean) =>
        fetch(gateway.url + path, {
          method,
          headers: { 'content-type': 'application/json', 'x-api-key': KEY },
          ...(method === 'POST' ? { body: JSON.stringify({ model: 'chat', stream }) } : {}),
        });
      const first = await ask(true);
      expect(first.headers.get('ratelimit-policy')).toBe('"requests";q=1;w=60');
      await first.text();
      for (const stream of [true, false]) {
        const refused = await ask(stream);
        expect([path, refused.status]).toEqual([path, 429]);
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
        expect(refused.headers.get('ratelimit')).toMatch(/^"requests";r=0;t=\d+$/);
        expect(codeOf((await refused.json()) as Refusal)).toBe('rate_limited');
      }
      await gateway.stop();
    }
  });

  it('hold under concurrency, never count as illness, and survive a reload', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({
      config: limited(chatConfig('openai-chat', [upstream]), '[{ requests: 20, per: 1h }]'),
    });
    const statuses = await Promise.all(
      Array.from(
        { length: 100 },
        async () => (await post(gateway.url, PATH, { model: 'chat' })).status,
      ),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    expect(statuses.filter((status) => status === 429)).toHaveLength(80);
    expect(upstream.calls).toHaveLength(20);
    await gateway.reload();
    expect((await post(gateway.url, PATH, { model: 'chat' })).status).toBe(429);
    expect(await (await fetch(`${gateway.url}/health`)).json()).toMatchObject({
      status: 'healthy',
    });
  });

  it('of concurrency are free again when callers leave', async () => {
    const upstream = await Upstream.start('only', () => undefined);
    const gateway = await testGateway({
      config: limited(chatConfig('openai-chat', [upstream]), '[{ concurrency: 1 }]'),
    });
    const controller = new AbortController();
    const next = upstream.nextCall();
    const held = fetch(gateway.url + PATH, {
      method: 'POST',
      signal: controller.signal,
      headers: { 'content-type': 'application/json', 'x-api-key': KEY },
      body: '{"model":"chat"}',
    }).catch(() => 'left');
    const received = await next;
    expect((await post(gateway.url, PATH, { model: 'chat' })).status).toBe(429);
    controller.abort();
    await received.left;
    expect(await held).toBe('left');
    upstream.script = answerWell;
    let status = 429;
    while (status === 429) ({ status } = await post(gateway.url, PATH, { model: 'chat' }));
    expect(status).toBe(200);
  });

  it('of tokens reserve what an answer may cost and settle what it did', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({
      config: limited(chatConfig('openai-chat', [upstream]), '[{ tokens: 1000, per: 1h }]'),
    });
    const ask = (max_tokens: number) => post(gateway.url, PATH, { model: 'chat', max_tokens });
    // Twelve tokens each, whatever was reserved.
    for (let i = 0; i < 10; i += 1) expect((await ask(500)).status).toBe(200);
    const answer = await ask(500);
    expect(answer.headers.get('ratelimit')).toMatch(/^"tokens";r=3\d\d$/);
    await answer.text();
    expect((await ask(900)).status).toBe(429);
  });
});
