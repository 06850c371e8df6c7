/** An upstream of an API that takes requests and answers none of them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { KEY, ledgerOf, testGateway, type TestGateway } from '../harness/gateway.ts';
import { until } from '../harness/until.ts';
import { httpUpstream } from './upstream.ts';

/** An upstream that does as it is told, and says what it was asked for. */
async function upstream(name: string) {
  const told = {
    calls: 0,
    /** Answers that are held back while it says nothing. */
    waiting: [] as (() => void)[],
    isSilent: false,
    /** Exchanges that the gateway has ended. */
    left: 0,
  };
  const { url, server } = await httpUpstream(
    (request: IncomingMessage, response: ServerResponse) => {
      told.calls += 1;
      request.resume();
      response.once('close', () => {
        if (!response.writableFinished) told.left += 1;
      });
      const answer = () => response.end(`${name} ${request.method}`);
      if (told.isSilent) told.waiting.push(answer);
      else answer();
    },
  );
  return { url, told, breakAll: () => server.closeAllConnections() };
}

/** Two of them, the first of which is drawn nearly always. */
async function gatewayOver(first: { url: string }, second: { url: string }) {
  return testGateway({
    config: `
health: { rest: 1s, maxRest: 1s }
apis:
  - name: shop
    path: /shop
    private: true
    upstreams: [{ url: "${first.url}", weight: 1000000 }, { url: "${second.url}", weight: 1 }]
    timeouts: { head: 5m, connect: 20s }
keys: [{ name: client, secret: ${KEY} }]
`,
  });
}

const ask = async ({ url }: TestGateway, method = 'GET', signal?: AbortSignal): Promise<string> => {
  const answer = await fetch(`${url}/shop/x`, {
    method,
    headers: { authorization: `Bearer ${KEY}` },
    ...(method === 'GET' ? {} : { body: 'a' }),
    ...(signal && { signal }),
  });
  return `${answer.status} ${answer.headers.get('x-vitalgate-target')} ${await answer.text()}`;
};

const several = async (gateway: TestGateway, count: number, method = 'GET') =>
  new Set(await Promise.all(Array.from({ length: count }, () => ask(gateway, method))));

const health = async ({ url }: TestGateway): Promise<string> =>
  (await fetch(`${url}/health/apis/shop`, { headers: { authorization: `Bearer ${KEY}` } })).text();

describe('an upstream that falls silent', () => {
  it.each(['GET', 'PUT'])('is left for another, for %s', async (method) => {
    const [first, second] = [await upstream('first'), await upstream('second')];
    const gateway = await gatewayOver(first, second);
    expect(await several(gateway, 5, method)).toEqual(new Set([`200 shop/1 first ${method}`]));

    first.told.isSilent = true;
    expect(await several(gateway, 4, method)).toEqual(new Set([`200 shop/2 second ${method}`]));
    // Nobody waits for it any more.
    await until(
      () => first.told.left,
      (left) => left >= 4,
    );
    expect(await health(gateway)).toContain('no_answer');
    await gateway.stop();
    const tried = ledgerOf(gateway.databasePath).map((row) => String(row['tried']));
    expect(tried.filter((one) => one.includes('no_answer')).length).toBeGreaterThanOrEqual(4);
  });

  it('is waited for with what must not be asked twice', async () => {
    const [first, second] = [await upstream('first'), await upstream('second')];
    const gateway = await gatewayOver(first, second);
    await several(gateway, 5);
    first.told.isSilent = true;
    const posted = several(gateway, 4, 'POST');
    await until(
      () => first.told.waiting.length,
      (waiting) => waiting === 4,
    );
    // Those that may be asked twice show that it is silent; the others go on waiting.
    expect(await several(gateway, 3)).toEqual(new Set(['200 shop/2 second GET']));
    for (const answer of first.told.waiting) answer();
    expect(await posted).toEqual(new Set(['200 shop/1 first POST']));
  });

  it('that was only slower than ever is waited for; one caller was asked for twice', async () => {
    const [first, second] = [await upstream('first'), await upstream('second')];
    const gateway = await gatewayOver(first, second);
    await several(gateway, 5);
    first.told.isSilent = true;
    second.told.isSilent = true;
    const all = several(gateway, 5);
    await until(
      () => second.told.calls,
      (calls) => calls > 0,
    );
    for (const answer of first.told.waiting) answer();
    expect(await all).toEqual(new Set(['200 shop/1 first GET']));
    expect(second.told.calls).toBe(1);
    await until(
      () => second.told.left,
      (left) => left === 1,
    );
    expect(await health(gateway)).not.toContain('no_answer');
  });

  it('is not said to be silent by a caller that leaves, and both are left', async () => {
    const [first, second] = [await upstream('first'), await upstream('second')];
    const gateway = await gatewayOver(first, second);
    await several(gateway, 5);
    first.told.isSilent = true;
    second.told.isSilent = true;
    const leaving = new AbortController();
    const all = Promise.allSettled(
      Array.from({ length: 3 }, () => ask(gateway, 'GET', leaving.signal)),
    );
    await until(
      () => second.told.calls,
      (calls) => calls > 0,
    );
    leaving.abort();
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await until(
      () => [first.told.left, second.told.left],
      ([one, other]) => one === 3 && other === 1,
    );
    expect(await health(gateway)).not.toContain('no_answer');
  });

  it('goes on with the second when the first breaks meanwhile', async () => {
    const [first, second] = [await upstream('first'), await upstream('second')];
    const gateway = await gatewayOver(first, second);
    await several(gateway, 5);
    first.told.isSilent = true;
    second.told.isSilent = true;
    const all = several(gateway, 3);
    await until(
      () => second.told.calls,
      (calls) => calls === 1,
    );
    second.told.isSilent = false;
    first.breakAll();
    await until(
      () => second.told.calls,
      (calls) => calls === 3,
    );
    for (const answer of second.told.waiting) answer();
    expect(await all).toEqual(new Set(['200 shop/2 second GET']));
    expect(second.told.calls).toBe(3);
  });
});
