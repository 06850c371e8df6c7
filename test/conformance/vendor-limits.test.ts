import { describe, expect, it } from 'vitest';
import { KEY, post, testGateway } from '../harness/gateway.ts';
import { answerJson, Upstream } from '../harness/upstream.ts';

describe('what a vendor says of its limits', () => {
  it('reaches callers of other dialects in fields they know', async () => {
    const upstream = await Upstream.start('vendor', (_, response) => answerJson(response, 200, {}));
    const gateway = await testGateway({
      config: `health: { fall: 100 }
providers:
  - { name: openai, dialect: openai-chat, baseUrl: "${upstream.url}", private: true }
  - { name: gemini, dialect: gemini, baseUrl: "${upstream.url}", private: true }
models:
  - { name: openai, targets: [{ provider: openai, model: gpt-4.1 }] }
  - { name: gemini, targets: [{ provider: gemini, model: gemini-2.5-flash }] }
keys: [{ name: client, secret: ${KEY}, limits: [{ requests: 9, per: 1m }] }]`,
    });
    const ask = (model: string) =>
      post(gateway.url, '/v1/messages', {
        model,
        max_tokens: 5,
        messages: [{ role: 'user', content: 'Hi' }],
      });

    upstream.script = (_, response) => {
      response.setHeader('x-ratelimit-limit-tokens', '1000');
      response.setHeader('x-ratelimit-remaining-tokens', '900');
      response.setHeader('x-ratelimit-reset-tokens', '1m30s');
      const message = { role: 'assistant', content: 'Hello' };
      answerJson(response, 200, { choices: [{ index: 0, message, finish_reason: 'stop' }] });
    };
    const well = await ask('openai');
    expect(well.status).toBe(200);
    expect(well.headers.get('ratelimit')).toMatch(
      /^"[^"]*requests"[^,]*, "upstream-tokens";r=900;t=90$/,
    );
    expect(well.headers.get('ratelimit-policy')).toContain('"upstream-tokens";q=1000');

    const error = { code: 429, message: 'Please retry in 48.9s.', status: 'RESOURCE_EXHAUSTED' };
    upstream.script = (_, response) => answerJson(response, 429, { error });
    const full = await ask('gemini');
    expect(full.status).toBe(429);
    expect(full.headers.get('retry-after')).toBe('49');
    expect(await full.json()).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } });
  });
});
