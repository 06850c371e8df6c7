import { DatabaseSync } from 'node:sqlite';
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { changeStore } from '../harness/change-store.ts';
import {
  chatConfig,
  KEY,
  ledgerOf,
  post,
  temporaryFolder,
  testGateway,
  type TestGateway,
} from '../harness/gateway.ts';
import { ask as askStore, testDatabase } from '../harness/postgres.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';
import { answerJson, answerWell, Upstream } from '../harness/upstream.ts';

const CHAT = '/v1/chat/completions';
const OTHER = 'secret-of-another-tenant';
const body = { model: 'chat', max_tokens: 5, messages: [{ role: 'user', content: 'hello' }] };

let upstream: Upstream;
let script: typeof answerWell;

beforeEach(async () => {
  script = answerWell;
  upstream = await Upstream.start('only', (received, response) => script(received, response));
});

const start = (folder = temporaryFolder(), clock = new ShiftedClock(), store?: string) =>
  testGateway({
    folder,
    clock,
    ...(store !== undefined && { store }),
    config: `${chatConfig('openai-chat', [upstream]).replace(
      'model: upstream-model }',
      'model: upstream-model, price: { input: 1, output: 10 } }',
    )}  - { name: other, secret: ${OTHER} }
  - { name: few, secret: secret-with-one-call, limits: [{ requests: 1, per: 1h }] }
`,
  });

interface Ask {
  readonly once?: string;
  readonly path?: string;
  readonly key?: string;
  readonly said?: unknown;
}

const ask = (
  gateway: TestGateway,
  { once = 'once-1', path = CHAT, key = KEY, said = body }: Ask = {},
) => post(gateway.url, path, said, { authorization: `Bearer ${key}`, 'idempotency-key': once });

const told = async (answer: Response) =>
  answer.status < 400
    ? ([answer.status, await answer.text()] as const)
    : ([answer.status, codeOf((await answer.json()) as Refusal)] as const);

describe('a call with an idempotency-key (MF9)', () => {
  it('is made and paid once, and told again to whoever repeats it, also after a restart', async () => {
    const folder = temporaryFolder();
    const gateway = await start(folder);
    const first = await ask(gateway);
    const text = await first.text();
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    const again = await ask(gateway);
    expect([again.status, await again.text()]).toEqual([200, text]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('x-vitalgate-target')).toBe('only/upstream-model');
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    await gateway.stop();
    const after = await start(folder);
    expect(await told(await ask(after))).toEqual([200, text]);
    await after.stop();
    expect(upstream.calls).toHaveLength(1);
    const rows = ledgerOf(after.databasePath);
    expect(rows.map(({ reason }) => reason)).toEqual([null, 'replayed', 'replayed']);
    expect(rows.filter(({ cost }) => cost !== null)).toHaveLength(1);
    // Who reads the store reads neither the answer nor the key.
    const stored = readFileSync(after.databasePath, 'latin1');
    const { content } = (JSON.parse(text) as { choices: [{ message: { content: string } }] })
      .choices[0].message;
    expect(stored).not.toContain(content);
    expect(stored).not.toContain('once-1');
  });

  it('is streamed again byte by byte in every dialect', async () => {
    const gateway = await start();
    for (const path of [CHAT, '/v1/messages', '/v1/responses', '/api/chat']) {
      const said = { ...body, stream: true, ...(path === '/v1/responses' && { input: 'hello' }) };
      const asked: Ask = { path, said, once: `once at ${path}`.replaceAll(' ', '-') };
      const first = await told(await ask(gateway, asked));
      const again = await told(await ask(gateway, asked));
      expect([path, first[0]]).toEqual([path, 200]);
      expect(String(first[1]).length).toBeGreaterThan(100);
      expect(again).toEqual(first);
    }
    expect(upstream.calls).toHaveLength(4);
  });

  it('is one of many at once, and the others are told to wait', async () => {
    const gateway = await start();
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const answer = await ask(gateway);
        return [answer.headers.get('retry-after'), ...(await told(answer))] as const;
      }),
    );
    expect(upstream.calls).toHaveLength(1);
    const waiting = answers.filter(([, status]) => status === 409);
    expect(answers.filter(([, status]) => status === 200).length + waiting.length).toBe(20);
    for (const [wait, , code] of waiting)
      expect([wait, code]).toEqual(['1', 'idempotency_conflict']);
    expect((await told(await ask(gateway)))[0]).toBe(200);
    expect(upstream.calls).toHaveLength(1);
  });

  it('is one at all instances on one PostgreSQL', async () => {
    const store = await testDatabase();
    const [here, there] = await Promise.all([
      start(undefined, undefined, store),
      start(undefined, undefined, store),
    ]);
    const both = Array.from({ length: 10 }, (_, i) => ask(i % 2 === 0 ? here : there));
    const answers = await Promise.all(both.map(async (answer) => told(await answer)));
    const first = answers.find(([status]) => status === 200);
    expect(first).toBeDefined();
    const others = answers.filter(([status]) => status !== 200);
    expect(others).toEqual(others.map(() => [409, 'idempotency_conflict']));
    for (const gateway of [here, there]) expect(await told(await ask(gateway))).toEqual(first);
    const other: Ask = { said: { ...body, max_tokens: 6 } };
    expect(await told(await ask(there, other))).toEqual([422, 'idempotency_key_reused']);
    expect(upstream.calls).toHaveLength(1);
    await Promise.all([here.stop(), there.stop()]);
    const paid = await askStore(store, 'SELECT reason FROM ledger WHERE cost > 0');
    expect(paid).toEqual([{ reason: null }]);
  });

  it('belongs to one tenant, one path and one body (F14)', async () => {
    const gateway = await start();
    await told(await ask(gateway));
    const wrong: Ask[] = [
      { said: { ...body, max_tokens: 6 } },
      { said: { ...body, stream: true } },
      { path: '/openai/v1/chat/completions' },
    ];
    for (const one of wrong) {
      expect(await told(await ask(gateway, one))).toEqual([422, 'idempotency_key_reused']);
    }
    expect(upstream.calls).toHaveLength(1);
    expect((await told(await ask(gateway, { key: OTHER })))[0]).toBe(200);
    expect((await told(await ask(gateway, { once: 'once-2' })))[0]).toBe(200);
    expect(upstream.calls).toHaveLength(3);
    expect(await told(await ask(gateway, { once: 'two words' }))).toEqual([400, 'invalid_request']);
    // Providers know one account where we know many callers.
    expect(upstream.received.every(({ headers }) => !('idempotency-key' in headers))).toBe(true);
  });

  it('remembers a failure of the provider, and not a refusal that cost nothing', async () => {
    const gateway = await start();
    script = (_, response) => answerJson(response, 500, {});
    const failed = await told(await ask(gateway));
    expect(failed).toEqual([502, 'upstream_error']);
    const calls = upstream.calls.length;
    script = answerWell;
    expect(await told(await ask(gateway))).toEqual(failed);
    expect(upstream.calls).toHaveLength(calls);

    const few = { key: 'secret-with-one-call' };
    expect((await told(await ask(gateway, { ...few, once: 'a' })))[0]).toBe(200);
    expect(await told(await ask(gateway, { ...few, once: 'b' }))).toEqual([429, 'rate_limited']);
    script = (_, response) => answerJson(response, 429, {});
    expect((await told(await ask(gateway, { once: 'c' })))[0]).toBe(429);
    script = answerWell;
    expect(countOf(gateway)).toBe(2);
  });

  it('is not made again when it was cut off with its instance, or its answer is gone', async () => {
    const clock = new ShiftedClock();
    const gateway = await start(undefined, clock);
    await told(await ask(gateway));
    await change(gateway, 'UPDATE once SET answer = NULL');
    expect(await told(await ask(gateway))).toEqual([409, 'idempotency_conflict']);
    await change(gateway, 'UPDATE once SET answered_at = NULL');
    const running = await ask(gateway);
    expect([running.status, running.headers.get('retry-after')]).toEqual([409, '1']);
    clock.forward(16 * 60_000);
    const lost = await ask(gateway);
    expect([lost.status, lost.headers.get('retry-after')]).toEqual([409, null]);
    expect(await lost.text()).toContain('cut off');
    expect(upstream.calls).toHaveLength(1);
  });

  it('is free again when its caller gives it up', async () => {
    const gateway = await start();
    let isAsked: () => void = () => {};
    const asked = new Promise<void>((resolve) => (isAsked = resolve));
    script = () => isAsked();
    const leaving = new AbortController();
    const left = fetch(gateway.url + CHAT, {
      method: 'POST',
      signal: leaving.signal,
      headers: {
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
        'idempotency-key': 'once-1',
      },
      body: JSON.stringify(body),
    }).catch(() => undefined);
    await asked;
    leaving.abort();
    await left;
    script = answerWell;
    let status: number;
    do [status] = await told(await ask(gateway));
    while (status === 409);
    expect(status).toBe(200);
  });
});

function open(gateway: TestGateway): DatabaseSync {
  return new DatabaseSync(gateway.databasePath, { timeout: 5000 });
}

const change = (gateway: TestGateway, sql: string) =>
  changeStore(gateway.databasePath, (database) => database.exec(sql));

function countOf(gateway: TestGateway): number {
  const database = open(gateway);
  const { n } = database.prepare('SELECT count(*) AS n FROM once').get() as { n: number };
  database.close();
  return n;
}
