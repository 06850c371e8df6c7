import { describe, expect, it } from 'vitest';
import { routeTable } from '../../packages/gateway/src/server/routes.ts';
import {
  chatConfig,
  KEY,
  ledgerOf,
  post,
  temporaryFolder,
  testGateway,
} from '../harness/gateway.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

const limited = (config: string, limits: string) =>
  config.replace(`secret: ${KEY} }`, `secret: ${KEY}, limits: ${limits} }`);

const PATH = '/v1/chat/completions';

describe('limits of a key', () => {
  it('hold on every route, streamed or not, and are told', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const keyOf = (i: number) => `key-of-route-${i}`;
    const keys = routeTable.map(
      (_, i) => `  - { name: r${i}, secret: ${keyOf(i)}, limits: [{ requests: 1, per: 1m }] }\n`,
    );
    const gateway = await testGateway({
      config: `${chatConfig('openai-chat', [upstream])}${keys.join('')}`,
    });
    for (const [i, { method, path: template }] of routeTable.entries()) {
      const path = template.replace('{model}', 'chat');
      const ask = (stream: boolean) =>
        fetch(gateway.url + path, {
          method,
          headers: { 'content-type': 'application/json', 'x-api-key': keyOf(i) },
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
    const { status } = await until(
      () => post(gateway.url, PATH, { model: 'chat' }),
      (answer) => answer.status !== 429,
    );
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

  it.each([
    ['best_of', { best_of: 20, prompt: 'x' }],
    ['several prompts', { prompt: Array.from({ length: 20 }, () => 'x') }],
    ['n', { n: 20, prompt: 'x' }],
  ])('reserve every answer that is paid for: %s', async (_what, body) => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({
      config: limited(chatConfig('openai-chat', [upstream]), '[{ tokens: 1000, per: 1h }]'),
    });
    const ask = async (asked: object) => {
      const answer = await post(gateway.url, '/v1/completions', { model: 'chat', ...asked });
      await answer.text();
      return answer.status;
    };
    // What is more than there ever is waits for nothing: something has to be used.
    expect(await ask({ max_tokens: 60, prompt: 'x' })).toBe(200);
    expect(await ask({ max_tokens: 60, ...body })).toBe(429);
    expect(upstream.calls).toHaveLength(1);
  });
});

describe('limits of others than a key', () => {
  const OTHER = 'another-key-of-a-client';
  const keys = (rest: string) =>
    `keys:
  - { name: client, secret: ${KEY}, team: red }
  - { name: other, secret: ${OTHER}, team: red }
${rest}`;
  const with_ = (secret: string) => ({ authorization: `Bearer ${secret}` });

  /** Limits of one call an hour, the place they are written at, and what a refusal says of it. */
  const places: readonly (readonly [
    place: string,
    config: (chat: string) => string,
    told: string,
  ])[] = [
    [
      'a team',
      (chat) => `${chat}\nteams: [{ name: red, limits: [{ requests: 1, per: 1h }] }]`,
      'team red may use 1 requests in 3600 s',
    ],
    [
      'a model',
      (chat) =>
        `${chat.replace('- name: chat', '- name: chat\n    limits: [{ requests: 1, per: 1h }]')}\nteams: [{ name: red }]`,
      'model chat may use 1 requests in 3600 s',
    ],
    [
      'all',
      (chat) => `${chat}\nteams: [{ name: red }]\nlimits: [{ requests: 1, per: 1h }]`,
      'all callers together may use 1 requests in 3600 s',
    ],
    ...(['address', 'route', 'model', 'team'] as const).map(
      (by) =>
        [
          `each ${by}`,
          (chat: string) =>
            `${chat}\nteams: [{ name: red }]\nlimits: [{ requests: 1, per: 1h, by: ${by} }]`,
          'may use 1 requests in 3600 s',
        ] as const,
    ),
  ];

  it.each(places)('%s hold over its keys, and refusals name them', async (_, config, told) => {
    const upstream = await Upstream.start('only', answerWell);
    const chat = chatConfig('openai-chat', [upstream]).replace(/^keys:[^]*$/m, '');
    const gateway = await testGateway({ config: keys(config(chat)) });
    const ask = (secret: string) => post(gateway.url, PATH, { model: 'chat' }, with_(secret));
    expect((await ask(KEY)).status).toBe(200);
    const refused = await ask(OTHER);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3500);
    const body = await refused.text();
    expect(body).toContain(told);
    expect(body).toContain('rate_limited');
    expect(refused.headers.get('ratelimit')).toMatch(/-requests";r=0;t=\d+$/);
    expect(upstream.calls).toHaveLength(1);
  });

  it('of a team bound what its keys may use', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const chat = chatConfig('openai-chat', [upstream]).replace(/^keys:[^]*$/m, '');
    const gateway = await testGateway({
      config: keys(`${chat}\nteams: [{ name: red, models: [only/one] }]`),
    });
    expect((await post(gateway.url, PATH, { model: 'chat' })).status).toBe(403);
    expect((await post(gateway.url, PATH, { model: 'only/one' })).status).toBe(200);
  });
});

describe('budgets of money', () => {
  /** A call of seven tokens read, two of them cached, and five written. */
  const CALL = 5 * 1000 + 2 * 100 + 5 * 10_000;
  const priced = (limits: string) => (config: string) =>
    limited(config, limits).replace(
      'model: upstream-model }',
      'model: upstream-model, price: { input: 1, output: 10, cacheRead: 0.1 } }',
    );

  it('by address and by route begin with what they had spent before a restart', async () => {
    const upstream = await Upstream.start('only', answerWell);
    // Two calls fit with what is reserved for the second, a third does not.
    const budget = (CALL * 2.2) / 1e9;
    const keys = ['first', 'second'].map(
      (name) => `  - { name: ${name}, secret: key-of-${name} }\n`,
    );
    const ask = (url: string, key: string, path = PATH) =>
      post(url, path, { model: 'chat', max_tokens: 5 }, { 'x-api-key': `key-of-${key}` });
    for (const by of ['address', 'route']) {
      const folder = temporaryFolder();
      const config = priced('[]')(chatConfig('openai-chat', [upstream], keys.join(''))).concat(
        `limits: [{ cost: ${budget}, unit: USD, per: month, by: ${by} }]\n`,
      );
      const before = await testGateway({ config, folder });
      expect((await ask(before.url, 'first')).status).toBe(200);
      expect((await ask(before.url, 'second')).status).toBe(200);
      await before.stop();
      const after = await testGateway({ config, folder });
      const refused = await ask(after.url, 'first');
      expect(codeOf((await refused.json()) as Refusal)).toBe('budget_exhausted');
      const elsewhere = await ask(after.url, 'first', `/openai${PATH}`);
      expect([by, elsewhere.status]).toEqual([by, by === 'route' ? 200 : 429]);
    }
  });

  it('for a hundred calls let a hundred of a thousand at once through, and not one more', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const budget = (CALL * 100) / 1e9;
    const gateway = await testGateway({
      config: priced(`[{ cost: ${budget}, unit: USD, per: 1d }]`)(
        chatConfig('openai-chat', [upstream]),
      ),
    });
    // As much as the answer will have, so that what is reserved is close to what is spent.
    const ask = () => post(gateway.url, PATH, { model: 'chat', max_tokens: 5 });
    const answers = await Promise.all(Array.from({ length: 1000 }, ask));
    const codes = await Promise.all(
      answers.map(async (answer) =>
        answer.status === 200 ? '200' : codeOf((await answer.json()) as Refusal),
      ),
    );
    // What estimates were above the truth is there for those who come later.
    let last: Response;
    do last = await ask();
    while (last.status === 200);
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(new Set(codes)).toEqual(new Set(['200', 'budget_exhausted']));
    expect(upstream.calls.length).toBeLessThanOrEqual(100);
    expect(upstream.calls.length).toBeGreaterThanOrEqual(98);
    expect(await (await fetch(`${gateway.url}/health`)).json()).toMatchObject({
      status: 'healthy',
    });
    await gateway.stop();
    const rows = ledgerOf(gateway.databasePath);
    const paid = rows.filter(({ cost }) => cost !== 0 && cost !== null);
    expect(paid).toHaveLength(upstream.calls.length);
    expect(new Set(paid.map(({ cost }) => cost))).toEqual(new Set([CALL]));
    expect(paid[0]).toMatchObject({ currency: 'USD', price_source: 'config', is_estimated: 0 });
  });

  it('refuse what nobody knows the price of, and ask only targets whose price is known', async () => {
    const [free, known] = [
      await Upstream.start('free', answerWell),
      await Upstream.start('known', answerWell),
    ];
    const config = limited(
      chatConfig('openai-chat', [free, known]),
      '[{ cost: 1, unit: USD, per: month }]',
    );
    const none = await testGateway({ config });
    const refused = await post(none.url, PATH, { model: 'chat' });
    expect([refused.status, codeOf((await refused.json()) as Refusal)]).toEqual([
      403,
      'model_denied',
    ]);
    const one = await testGateway({
      config: config.replace(
        '{ provider: known, model: upstream-model }',
        '{ provider: known, model: upstream-model, price: { input: 1, output: 1 } }',
      ),
    });
    const answer = await post(one.url, PATH, { model: 'chat' });
    expect(answer.headers.get('x-vitalgate-target')).toBe('known/upstream-model');
    expect(answer.headers.get('ratelimit-policy')).toMatch(
      /^"cost";q=1000000;qu="micro-usd";w=2\d{6}$/,
    );
    expect(free.calls).toHaveLength(0);
  });

  it('pay for failed attempts that were answered, and for nothing that was not', async () => {
    const broken = await Upstream.start('broken', (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"usage":');
    });
    const refusing = await Upstream.start('refusing', (_, response) => {
      response.writeHead(500).end();
    });
    const well = await Upstream.start('well', answerWell);
    const gateway = await testGateway({
      config: priced('[]')(chatConfig('openai-chat', [broken, refusing, well])),
    });
    const answer = await post(gateway.url, PATH, { model: 'chat' });
    expect(answer.status).toBe(200);
    await answer.text();
    await gateway.stop();
    const [row] = ledgerOf(gateway.databasePath);
    // Six tokens of prompt are estimated for the first, three of nine bytes are its answer.
    expect(row).toMatchObject({ input_tokens: 6 + 7, output_tokens: 3 + 5, is_estimated: 1 });
  });
});
