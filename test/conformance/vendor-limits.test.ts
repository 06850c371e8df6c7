import { describe, expect, it } from 'vitest';
import { chatConfig, KEY, post, testGateway } from '../harness/gateway.ts';
import { answerJson, chatAnswer, Upstream } from '../harness/upstream.ts';

describe('what a vendor says of its limits', () => {
  it('reaches callers of other dialects in fields they know', async () => {
    const upstream = await Upstream.start('vendor', (_, response) =>
      answerJson(response, 200, chatAnswer),
    );
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

  it.each([
    [
      'OpenAI',
      {
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '20s',
        'x-ratelimit-limit-tokens': '1000',
        'x-ratelimit-remaining-tokens': '900',
        'x-ratelimit-reset-tokens': '6m0s',
      },
    ],
    [
      'Anthropic',
      {
        'anthropic-ratelimit-tokens-limit': '1000',
        'anthropic-ratelimit-tokens-remaining': '0',
        'anthropic-ratelimit-tokens-reset': new Date(Date.now() + 20_000).toISOString(),
      },
    ],
    [
      'OpenRouter',
      {
        'x-ratelimit-limit': '20',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Date.now() + 20_000),
      },
    ],
  ])('rests its credential until then where %s says no more', async (_vendor, headers) => {
    const upstream = await Upstream.start('vendor', (_, response) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      answerJson(response, 429, { error: { message: 'slow down' } });
    });
    const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
    const ask = () => post(gateway.url, '/v1/chat/completions', { model: 'chat' });
    for (let i = 0; i < 2; i += 1) {
      const seconds = Number((await ask()).headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(10);
      expect(seconds).toBeLessThanOrEqual(20);
    }
    expect(upstream.calls).toHaveLength(1);
  });
});
