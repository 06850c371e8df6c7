import { readdirSync } from 'node:fs';
import { createClient, type EventData } from '@vitalgate/contract/api/client';
import { expect, it } from 'vitest';
import { KEY, post, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { vitalgate } from '../harness/process.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const SECRET = 'the-real-secret-of-the-provider';

it('runs a drill beside real calls, tells of it as it goes, and ends it when told to', async () => {
  const folder = temporaryFolder();
  const config = writeConfig(
    folder,
    `providers:
  - { name: first, dialect: simulator }
  - { name: second, dialect: simulator, credentials: [{ name: main, value: ${SECRET} }] }
models: [{ name: chat, targets: [{ provider: first, model: toy-1 }, { provider: second, model: toy-1 }] }]
keys: [{ name: client, secret: ${KEY} }]
`,
  );
  const program = vitalgate(['start', '--config', config], {
    VITALGATE_ADMIN_TOKEN: TOKEN,
    TMPDIR: folder,
  });
  await program.until(/^ready$/m);
  const { call, listen } = createClient({ baseUrl: program.address('admin'), token: TOKEN });

  const heard: EventData<'drill'>[] = [];
  const leaving = new AbortController();
  await new Promise<void>((resolve) => {
    void listen(
      (event) => {
        if (event.name === 'drill') heard.push(event.data);
        else if (event.name === 'connection') resolve();
      },
      { only: ['drill'], signal: leaving.signal },
    ).catch(() => undefined);
  });

  const known = (await call('GET /api/drills/scenarios')).items.map(({ name }) => name);
  expect(known).toContain('black hole');
  await expect(call('POST /api/drills', { body: { scenarios: ['no'] } })).rejects.toMatchObject({
    code: 'invalid_request',
  });
  const body = { scenarios: ['500', 'all providers down'] };
  const started = await call('POST /api/drills', { body });
  expect(started).toMatchObject({ state: 'running', progress: 0 });
  await expect(call('POST /api/drills', { body })).rejects.toMatchObject({ code: 'in_use' });
  // What is broken on purpose is not what real callers meet.
  const answer = await post(program.address('gateway'), '/v1/chat/completions', {
    model: 'chat',
    messages: [{ role: 'user', content: 'hello' }],
  });
  expect([answer.status, answer.headers.get('x-vitalgate-attempts')]).toEqual([200, '1']);

  const often = { timeout: 40_000, interval: 200 };
  const params = { id: started.id };
  const state = async () => (await call('GET /api/drills/{id}', { params })).state;
  await expect.poll(state, often).toBe('finished');
  const { results } = await call('GET /api/drills/{id}', { params });
  expect(results.map((one) => [one.scenario, one.state, one.requests, one.lied])).toEqual([
    ['500', 'passed', 10, 0],
    ['all providers down', 'passed', 10, 0],
  ]);
  expect(results.map(({ served }) => served)).toEqual([10, 0]);
  expect(heard.map(({ progress }) => progress).findLast(Number.isFinite)).toBe(1);
  expect(heard.some(({ progress }) => progress > 0 && progress < 1)).toBe(true);

  const long = await call('POST /api/drills', { body: { scenarios: ['black hole'] } });
  await expect.poll(() => heard.at(-1)?.results[0]?.state, often).toBe('running');
  await call('DELETE /api/drills/{id}', { params: { id: long.id } });
  await expect.poll(() => heard.at(-1)?.state, often).toBe('cancelled');
  leaving.abort();
  // Neither databases nor what was written in them stays.
  expect(readdirSync(folder).filter((name) => name.startsWith('vitalgate-drill'))).toEqual([]);
  program.child.kill('SIGTERM');
  expect((await program.ended).code).toBe(0);
});
