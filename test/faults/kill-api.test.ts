import { expect, it } from 'vitest';
import { httpUpstream } from '../apis/upstream.ts';
import { KEY, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { vitalgate, type Process } from '../harness/process.ts';

const QUOTA = 100;

it('MX1: calls of an API that were under way when the process was killed stay counted', async () => {
  let held = 0;
  const waiting = Promise.withResolvers<void>();
  const upstream = await httpUpstream((request, response) => {
    if (request.url !== '/shop/slow') {
      response.end('well');
      return;
    }
    held += 1;
    if (held === 3) waiting.resolve();
  });
  const config = writeConfig(
    temporaryFolder(),
    `apis: [{ name: shop, path: /shop, private: true, upstreams: ["${upstream.url}"] }]
keys: [{ name: client, secret: ${KEY}, limits: [{ requests: ${QUOTA}, per: day }] }]
`,
  );
  const start = async (): Promise<Process> => {
    const started = vitalgate(['start', '--config', config, '--log-level', 'error']);
    await started.until(/^ready$/m);
    return started;
  };
  const call = (gateway: Process, path: string) =>
    fetch(gateway.address('gateway') + path, { headers: { authorization: `Bearer ${KEY}` } });

  const first = await start();
  for (let i = 0; i < 5; i += 1) expect((await call(first, '/shop/quick')).status).toBe(200);
  const cut = [1, 2, 3].map(() => call(first, '/shop/slow').catch(() => undefined));
  await waiting.promise;
  first.child.kill('SIGKILL');
  await first.ended;
  await Promise.all(cut);

  const second = await start();
  const answer = await call(second, '/shop/quick');
  expect(answer.status).toBe(200);
  // Five that were answered, three that were cut off, and this one.
  expect(answer.headers.get('ratelimit')).toContain(`r=${QUOTA - 9}`);
});
