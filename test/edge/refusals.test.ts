import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawExchange } from '../apis/raw.ts';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';

const HOST = 'Host: gateway.test';
const AUTH = `Authorization: Bearer ${KEY}`;
const SECRET = 'a-secret-of-somebody';

interface Told {
  readonly status: number;
  readonly method?: string;
  readonly code?: string;
}

/** Requests that end before anybody looks for what they are for, with what is told of each. */
const refused: readonly (readonly [what: string, head: string, told: Told])[] = [
  ['CONNECT', `CONNECT a.example:443 HTTP/1.1\r\n${HOST}`, { method: 'CONNECT', status: 405 }],
  ['TRACE', `TRACE /v1/models?key=${SECRET} HTTP/1.1\r\n${HOST}`, { method: 'TRACE', status: 405 }],
  ['no Host', 'GET /v1/models HTTP/1.1', { method: 'GET', status: 400, code: 'invalid_request' }],
  ['a Host twice', `GET /v1/models HTTP/1.1\r\n${HOST}\r\n${HOST}`, { method: 'GET', status: 400 }],
  ['nothing there', `GET /${SECRET} HTTP/1.1\r\n${HOST}`, { status: 404, code: 'not_found' }],
  ['no method', `GRAB /${SECRET} HTTP/1.1\r\n${HOST}`, { status: 405, code: 'method_not_allowed' }],
  ['no HTTP', `\u0016\u0003\u0001${SECRET}`, { status: 400, code: 'invalid_request' }],
  [
    'a head that is too large',
    `GET / HTTP/1.1\r\n${HOST}\r\nX: ${SECRET.repeat(1000)}`,
    { status: 431, code: 'headers_too_large' },
  ],
];

describe('what is refused before it is handled', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await sharedGateway({ config: `keys: [{ name: client, secret: ${KEY} }]` });
  });
  afterAll(() => gateway.stop());

  const lines = (): Record<string, unknown>[] =>
    gateway.logged
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === 'refused before it was handled');
  /** How many there were, by what the metric says of them. */
  const counted = async (status: number, outcome = 'refused'): Promise<number> => {
    const text = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
    const series = text
      .split('\n')
      .filter(
        (line) =>
          line.startsWith('vitalgate_requests_total{') &&
          line.includes('operation="none"') &&
          line.includes(`status="${status}",outcome="${outcome}"`),
      );
    return series.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };

  it.each(refused)('%s has a line in the log and is counted', async (_what, head, told) => {
    const before = lines().length;
    const { status } = told;
    const countedBefore = await counted(status);
    const answer = await rawExchange(gateway.url, `${head}\r\nConnection: close\r\n\r\n`);
    const written = lines().slice(before);
    expect(written).toEqual([expect.objectContaining(told)]);
    expect(written[0]).toMatchObject({
      request: answer.headers['x-request-id'],
      address: expect.stringContaining('127.0.0.1'),
    });
    expect(await counted(status)).toBe(countedBefore + 1);
    expect(gateway.logged.join('\n')).not.toContain(SECRET);
  });

  it('what is answered all the same is counted', async () => {
    const before = lines().length;
    const head = `OPTIONS * HTTP/1.1\r\n${HOST}\r\n${AUTH}\r\nConnection: close\r\n\r\n`;
    expect((await rawExchange(gateway.url, head)).status).toBe(204);
    expect(await counted(204, 'completed')).toBe(1);
    expect(lines()).toHaveLength(before);
  });

  it('of a flood each is counted and few are written down', async () => {
    const before = await counted(405);
    const one = `TRACE /v1/models HTTP/1.1\r\n${HOST}\r\n\r\n`;
    const last = `TRACE /v1/models HTTP/1.1\r\n${HOST}\r\nConnection: close\r\n\r\n`;
    const { text } = await rawExchange(gateway.url, one.repeat(199) + last);
    expect(text.match(/HTTP\/1\.1 405 /g)).toHaveLength(200);
    expect(await counted(405)).toBe(before + 200);
    expect(lines().length).toBeLessThan(100);
  });
});
