/** B02, ME9: what is searched for is a value, on either database, and never a part of a question. */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoints, methodAndPath, type EndpointKey } from '@vitalgate/contract/api';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { openStore, type Store } from '@vitalgate/gateway';
import { Dice } from '../guard/corpus.ts';
import { sqlAttack } from '../guard/parameters.ts';
import { changeStore } from '../harness/change-store.ts';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { sharedDatabase } from '../harness/postgres.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const headers = { authorization: `Bearer ${TOKEN}` };

const dice = new Dice(Number(process.env['SQL_SEED'] ?? 1));

/** Nothing is found by any of these; each would find all, end a question, wait, or break it. */
const hostile = [
  "'",
  '"',
  "' OR '1'='1",
  "') OR (1=1)--",
  "'; DROP TABLE ledger;--",
  "' UNION SELECT digest FROM keys--",
  "'||(SELECT pg_sleep(5))||'",
  "' AND randomblob(1000000000) IS NOT NULL--",
  '%%',
  '_',
  '*',
  '\\',
  '\\%',
  '$1',
  '?',
  ':at',
  '\u0000',
  '\u{10ffff}',
  ...Array.from({ length: 4 }, () => sqlAttack(dice)),
];

interface Operation {
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly schema?: { readonly enum?: readonly string[] };
  }[];
}

const stores = {
  sqlite: async () => ({ url: undefined, drop: async () => {} }),
  postgres: sharedDatabase,
};

describe.each(Object.entries(stores))('on %s', (_engine, place) => {
  let gateway: TestGateway;
  let store: Store;
  let owner: ApiClient;
  let drop: () => Promise<void>;
  /** Tells the database itself, past the store. */
  let bare: (statement: string) => Promise<void>;
  let described: (readonly [EndpointKey, Operation])[];

  beforeAll(async () => {
    const made = await place();
    drop = made.drop;
    gateway = await sharedGateway({
      config: `providers: [{ name: toy, dialect: simulator }]
models: [{ name: chat, targets: [{ provider: toy, model: toy-1 }] }]
teams: [{ name: red }]
keys: [{ name: client, secret: ${KEY}, team: red }]
`,
      environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
      ...(made.url === undefined ? {} : { store: made.url }),
    });
    store = await openStore(made.url ?? `sqlite:${gateway.databasePath}`);
    const { url } = made;
    bare = async (statement) => {
      if (url === undefined) {
        return changeStore(gateway.databasePath, (database) => database.exec(statement));
      }
      const client = new Client(url);
      await client.connect();
      await client.query(statement);
      await client.end();
    };
    owner = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });
    await owner.call('POST /api/keys', { body: { name: 'made', team: 'red' } });
    for (const model of ['chat', 'chats', '%odd', 'c_t']) {
      await (await post(gateway.url, '/v1/chat/completions', { model, messages: [] })).text();
    }
    while ((await owner.call('GET /api/requests')).items.length < 4);
    const answer = await fetch(`${gateway.addresses.admin}/api/openapi.json`, { headers });
    const { paths } = (await answer.json()) as {
      paths: Record<string, Record<string, Operation>>;
    };
    described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, one]) => [`${method.toUpperCase()} ${path}` as EndpointKey, one] as const,
      ),
    );
  });
  afterAll(async () => {
    await store.close();
    await gateway.stop();
    await drop();
  });

  /** Rows of what an attacker would be after. */
  const rows = async () => {
    const count = (table: 'ledger' | 'keys' | 'users' | 'admin_tokens') =>
      store.db
        .selectFrom(table)
        .select((row) => row.fn.countAll().as('n'))
        .executeTakeFirstOrThrow();
    const all = await Promise.all(
      (['ledger', 'keys', 'users', 'admin_tokens'] as const).map(count),
    );
    return all.map(({ n }) => Number(n));
  };

  const ask = async (what: string, method = 'GET') => {
    const startedAt = performance.now();
    const answer = await fetch(gateway.addresses.admin + what, {
      method,
      redirect: 'manual',
      headers: { ...headers, ...(method === 'GET' ? {} : { 'if-match': '"0"' }) },
    });
    const text = await answer.text();
    const ms = performance.now() - startedAt;
    expect([what, answer.status < 500]).toEqual([what, true]);
    expect([what, text]).toEqual([
      what,
      expect.not.stringMatching(/sqlite|syntax error|pg_|kysely/i),
    ]);
    // One that waited would take five seconds.
    expect([what, ms < 4000]).toEqual([what, true]);
    return { status: answer.status, text };
  };

  it('no parameter of any address becomes a part of a question', async () => {
    const before = await rows();
    let asked = 0;
    for (const [key, { parameters = [] }] of described) {
      const { method, path } = methodAndPath(key);
      const { media } = endpoints[key] as { media?: string };
      // A feed has no end.
      if (media === 'text/event-stream' || path === '/api/events') continue;
      const inQuery = method === 'GET' ? parameters.filter((one) => one.in === 'query') : [];
      const plain = path.replaceAll(/\{\w+\}/g, 'nothing');
      for (const value of hostile) {
        const told = encodeURIComponent(value);
        asked += inQuery.length;
        await Promise.all(
          inQuery.map(async ({ name }) => {
            const { status, text } = await ask(`${plain}?${name}=${told}`);
            // A cursor says where to go on, not what to find.
            if (status !== 200 || media !== undefined || name === 'cursor') return;
            const found = JSON.parse(text) as { items?: unknown[]; total?: { requests: number } };
            expect([key, name, value, found.items ?? []]).toEqual([key, name, value, []]);
            expect([key, name, value, found.total?.requests ?? 0]).toEqual([key, name, value, 0]);
          }),
        );
        // Of a name in the path nothing is searched: the worst of them will do.
        if (plain === path || !/^'$|DROP|UNION|\0/.test(value)) continue;
        await ask(path.replaceAll(/\{\w+\}/g, told), method);
        asked += 1;
      }
    }
    expect(asked).toBeGreaterThan(500);
    expect(await rows()).toEqual(before);
  });

  it('nothing is sorted by what is not on a list', () => {
    const sorting = described.flatMap(([, { parameters = [] }]) =>
      parameters.filter(({ name }) => /^(?:by|sort|order)/i.test(name)),
    );
    expect(sorting.length).toBeGreaterThan(0);
    for (const { name, schema } of sorting) {
      expect([name, schema?.enum?.length ?? 0]).toEqual([name, expect.toSatisfy((n) => n > 1)]);
    }
  });

  it.each([
    ['%', ['%odd']],
    ['c_', ['c_t']],
    ['ch', ['chats', 'chat']],
    ['chats', ['chats']],
    ['%o%', []],
    ['*', []],
  ])('a search for %s finds what begins so, and no more', async (q, models) => {
    const { items } = await owner.call('GET /api/requests', { query: { q } });
    expect(items.map(({ model }) => model)).toEqual(models);
  });

  it('nor does a key or a field of a call', async () => {
    const before = await rows();
    for (const value of hostile) {
      const body = { model: value, user: value, messages: [] };
      const answer = await post(gateway.url, '/v1/chat/completions', body);
      expect([value, answer.status]).toEqual([value, 404]);
      await answer.text();
      if (!/^[\x20-\x7e]+$/.test(value)) continue;
      const wrong = await post(gateway.url, '/v1/chat/completions', body, {
        authorization: `Bearer ${value}`,
      });
      expect([value, wrong.status]).toEqual([value, 401]);
      await wrong.text();
    }
    expect((await rows()).slice(1)).toEqual(before.slice(1));
  });

  it('ME9: a search without an end is ended, while calls and other searches go on', async () => {
    // A ledger as large as one likes: each row beside each, a dozen times over.
    const rowid = store.engine === 'sqlite' ? ', k.rowid << 8 AS rowid' : '';
    const names = 'a b c d e f g h i j k l m n o p'.split(' ');
    const crossed = names.map((name) => `small_ledger ${name}`).join(' CROSS JOIN ');
    await bare('ALTER TABLE ledger RENAME TO small_ledger');
    await bare(`CREATE VIEW ledger AS SELECT a.*${rowid} FROM ${crossed}`);
    try {
      const searches = ['requests', 'usage?by=day'];
      const began = performance.now();
      const asked = Promise.all(
        [...searches, ...searches].map(async (what) => {
          const { status, text } = await ask(`/api/${what}`);
          return { status, code: (JSON.parse(text) as { code?: string }).code };
        }),
      );
      const times: number[] = [];
      while (performance.now() - began < 1500) {
        const startedAt = performance.now();
        const answer = await post(gateway.url, '/v1/chat/completions', {
          model: 'chat',
          messages: [{ role: 'user', content: 'Hello' }],
        });
        expect(answer.status).toBe(200);
        await answer.text();
        times.push(performance.now() - startedAt);
      }
      expect(await asked).toEqual(
        Array.from({ length: 4 }, () => ({ status: 400, code: 'too_broad' })),
      );
      expect(performance.now() - began).toBeLessThan(3000);
      times.sort((a, b) => a - b);
      expect(times.at(Math.floor(times.length * 0.9))).toBeLessThan(100);
    } finally {
      await bare('DROP VIEW ledger');
      await bare('ALTER TABLE small_ledger RENAME TO ledger');
    }
    // SQLite takes its time to throw away what it had sorted.
    while ((await ask('/api/requests?status=418')).status !== 200);
    expect((await owner.call('GET /api/requests')).items.length).toBeGreaterThan(3);
  });
});
