import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { account, folderFor, PATIENCE_MS } from '../harness/daemon.ts';
import { debianProgram } from '../harness/debian.ts';
import { chatConfig, post, testGateway } from '../harness/gateway.ts';
import { ask, startPostgres, type Postgres } from '../harness/postgres.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/**
 * The disk below PostgreSQL is full, or dies. A server without room for its tables goes on answering
 * questions; one that cannot keep its log ends, and ends again when it is started.
 */
const SHIM = fileURLToPath(new URL('failing-disk.c', import.meta.url));
const TOKEN = 'an-admin-token-of-32-characters-or-more';
const soon = { timeout: 60_000, interval: 100 };

let postgres: Postgres;
let flag: string;

beforeAll(async () => {
  const compiler = await debianProgram('cc', 'gcc libc6-dev');
  await debianProgram('postgres', 'postgresql-15', ['/usr/lib/postgresql/15/bin']);
  const folder = await folderFor(await account('postgres'));
  const library = join(folder, 'failing-disk.so');
  execFileSync(compiler, ['-shared', '-fPIC', '-o', library, SHIM, '-ldl']);
  chmodSync(library, 0o755);
  flag = join(folder, 'fails');
  postgres = await startPostgres([], {
    LD_PRELOAD: library,
    FAIL_WHILE: flag,
    FAIL_EVERY: '1',
    FAIL_FILE: 'nothing yet',
  });
}, PATIENCE_MS);
afterEach(() => {
  rmSync(flag, { force: true });
  return postgres.server.restore();
});
afterAll(() => postgres.server.remove());

it.each([
  {
    what: 'no room for its tables',
    says: 'full /base/',
    reason: 'ledger_waiting',
    told: { reasons: ['ledger_waiting'] },
  },
  {
    what: 'errors of the disk that has its log',
    says: 'dead /pg_wal/',
    reason: 'store_unreachable',
    told: { status: 503, code: 'unavailable' },
  },
])(
  'X14: PostgreSQL with $what: no call fails, and no row is lost',
  async ({ says, reason, told }) => {
    const upstream = await Upstream.start('only', answerWell);
    const name = `client-${randomUUID()}`;
    const gateway = await testGateway({
      config: chatConfig('openai-chat', [upstream]).replace('name: client,', `name: ${name},`),
      store: postgres.url,
      environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
    });
    const health = async (): Promise<string> => (await fetch(`${gateway.url}/health`)).text();
    await vi.waitFor(async () => expect(await health()).toContain('"healthy"'), soon);

    const answered = new Map<string, number>();
    const over = new AbortController();
    const calling = (async () => {
      while (!over.signal.aborted) {
        const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
        await answer.text();
        answered.set(answer.headers.get('x-request-id') ?? '', answer.status);
        await pause(2);
      }
    })();
    calling.catch(() => undefined);

    writeFileSync(flag, says, { mode: 0o644 });
    await vi.waitFor(async () => expect(await health()).toContain(reason), soon);
    const before = answered.size;
    await vi.waitFor(() => expect(answered.size).toBeGreaterThan(before + 20), soon);
    // Degraded, and ready: whoever balances keeps sending.
    expect((await fetch(`${gateway.addresses.probes}/readyz`)).status).toBe(200);
    expect(await health()).toContain('ledger_waiting');
    // What the console's first page is made of.
    const headers = { authorization: `Bearer ${TOKEN}` };
    await vi.waitFor(async () => {
      const overview = await fetch(`${gateway.addresses.admin}/api/overview`, { headers });
      expect(await overview.json()).toMatchObject(told);
    }, soon);

    rmSync(flag);
    await vi.waitFor(async () => {
      await postgres.server.restore();
      expect(await health()).toContain('"healthy"');
    }, soon);
    over.abort();
    await calling;
    await gateway.stop();

    expect([...new Set(answered.values())]).toEqual([200]);
    const rows = await ask(postgres.url, 'SELECT id FROM ledger WHERE key_id = $1', [
      `file:${name}`,
    ]);
    expect(rows).toHaveLength(upstream.calls.length);
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(answered.keys()));
  },
);
