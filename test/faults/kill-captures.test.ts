import { DatabaseSync } from 'node:sqlite';
import { dirname, join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { httpUpstream } from '../apis/upstream.ts';
import { KEY, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { vitalgate, type Process } from '../harness/process.ts';

/** What a killed process may lose of what was said; docs/config.md. */
const BOUND_MS = 250;
/** Fifty are for a night: KILL_ROUNDS=50 npx vitest run test/faults/kill-captures.test.ts */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 1);
const MOST_ROUNDS = 12;

it(`a killed process has lost of what was said the last ${BOUND_MS} ms, and the next counts it`, async () => {
  const upstream = await httpUpstream((_request, response) => void response.end('well'));
  const config = writeConfig(
    temporaryFolder(),
    `capture: {}
apis: [{ name: shop, path: /shop, private: true, upstreams: ["${upstream.url}"] }]
keys: [{ name: client, secret: ${KEY} }]
`,
  );
  const start = async (): Promise<Process> => {
    const started = vitalgate(['start', '--config', config, '--log-level', 'error']);
    await started.until(/^ready$/m);
    return started;
  };
  const call = async (gateway: Process): Promise<string> => {
    const headers = { authorization: `Bearer ${KEY}` };
    const answer = await fetch(`${gateway.address('gateway')}/shop/a`, { headers });
    expect(await answer.text()).toBe('well');
    return answer.headers.get('x-request-id') ?? '';
  };
  const kept = (): ReadonlySet<string> => {
    const file = join(dirname(config), 'vitalgate.db');
    const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
    const rows = database.prepare('SELECT id FROM captures').all();
    database.close();
    return new Set(rows.map(({ id }) => String(id)));
  };
  const lost = async (gateway: Process): Promise<number> => {
    const metrics = await (await fetch(`${gateway.address('probes')}/metrics`)).text();
    return Number(/^vitalgate_captures_lost (\d+)$/m.exec(metrics)?.[1]);
  };

  let gateway = await start();
  let missing = 0;
  // A kill may come when nothing was under way: then nothing was tried, and another has to.
  for (let round = 0; round < ROUNDS || (missing === 0 && round < MOST_ROUNDS); round += 1) {
    // Its thread has begun.
    const first = await call(gateway);
    await vi.waitFor(() => expect(kept()).toContain(first), 10_000);
    const answeredAt = new Map<string, number>();
    const until = performance.now() + 400 + Math.random() * 100;
    while (performance.now() < until) answeredAt.set(await call(gateway), performance.now());
    const killedAt = performance.now();
    gateway.child.kill('SIGKILL');
    await gateway.ended;
    const known = kept();
    const gone = [...answeredAt].filter(([id]) => !known.has(id));
    expect(gone.filter(([, at]) => at < killedAt - BOUND_MS)).toEqual([]);
    missing += gone.length;
    gateway = await start();
    expect(await lost(gateway)).toBe(gone.length);
  }
  expect(missing).toBeGreaterThan(0);
});
