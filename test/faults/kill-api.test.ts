import { join } from 'node:path';
import { expect, it } from 'vitest';
import { httpUpstream } from '../apis/upstream.ts';
import { KEY, ledgerOf, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { vitalgate, type Process } from '../harness/process.ts';

const QUOTA = 100;
const UNLIMITED = `${KEY}-unlimited`;

it('MX1: calls of an API that were under way when the process was killed stay counted', async () => {
  let held = 0;
  const waiting = Promise.withResolvers<void>();
  const upstream = await httpUpstream((request, response) => {
    if (request.url !== '/shop/slow') {
      response.end('well');
      return;
    }
    held += 1;
    if (held === 5) waiting.resolve();
  });
  const folder = temporaryFolder();
  const config = writeConfig(
    folder,
    `apis: [{ name: shop, path: /shop, private: true, upstreams: ["${upstream.url}"] }]
keys:
  - { name: client, secret: ${KEY}, limits: [{ requests: ${QUOTA}, per: day }] }
  - { name: unlimited, secret: ${UNLIMITED} }
`,
  );
  const start = async (): Promise<Process> => {
    const started = vitalgate(['start', '--config', config, '--log-level', 'error']);
    await started.until(/^ready$/m);
    return started;
  };
  const call = (gateway: Process, path: string, key = KEY, method = 'GET') =>
    fetch(gateway.address('gateway') + path, {
      method,
      headers: { authorization: `Bearer ${key}` },
    });

  const first = await start();
  for (let i = 0; i < 5; i += 1) expect((await call(first, '/shop/quick')).status).toBe(200);
  const cut = [
    ...[1, 2, 3].map(() => call(first, '/shop/slow')),
    ...['GET', 'POST'].map((method) => call(first, '/shop/slow', UNLIMITED, method)),
  ].map((one) => one.catch(() => undefined));
  await waiting.promise;
  first.child.kill('SIGKILL');
  await first.ended;
  await Promise.all(cut);

  const second = await start();
  const answer = await call(second, '/shop/quick');
  expect(answer.status).toBe(200);
  // Five that were answered, three that were cut off, and this one.
  expect(answer.headers.get('ratelimit')).toContain(`r=${QUOTA - 9}`);

  // What only reads and counts towards nothing is told when it was answered; what may have changed
  // something is told whatever became of it.
  second.child.kill('SIGTERM');
  await second.ended;
  const rows = ledgerOf(join(folder, 'vitalgate.db'));
  const outcomes = rows.map(({ key_id: key, outcome }) => [key, outcome].join(' ')).toSorted();
  expect(outcomes).toEqual([
    ...Array<string>(6).fill('file:client completed'),
    ...Array<string>(3).fill('file:client interrupted'),
    'file:unlimited interrupted',
  ]);
});
