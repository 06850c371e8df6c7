import { readFileSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { rotateSecrets } from '@vitalgate/gateway';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { expect, it } from 'vitest';
import { changeStore } from '../harness/change-store.ts';
import { chatConfig, temporaryFolder, testGateway, type TestGateway } from '../harness/gateway.ts';
import { vitalgate } from '../harness/process.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const [OLD, NEW] = ['o', 'n'].map((letter) => letter.repeat(40)) as [string, string];
const NAMES = ['first', 'second', 'third', 'fourth'];
const config = chatConfig('simulator', [{ name: 'toy', url: 'http://127.0.0.1:1' }]);

async function started(
  folder: string,
  secrets: Record<string, string> = {},
): Promise<[TestGateway, ApiClient]> {
  const environment = { VITALGATE_ADMIN_TOKEN: TOKEN, ...secrets };
  const gateway = await testGateway({ config, folder, environment });
  return [gateway, createClient({ baseUrl: gateway.addresses.admin, token: TOKEN })];
}

const secretOf = (name: string) => `secret-of-${name}`;

const write = (client: ApiClient, name: string) =>
  client.call('POST /api/providers', {
    body: {
      name,
      dialect: 'anthropic',
      baseUrl: 'https://api.anthropic.com',
      credentials: [{ name: 'main', value: secretOf(name) }],
    },
  });

function sealed({ databasePath }: TestGateway): Map<string, string> {
  const database = new DatabaseSync(databasePath, { timeout: 5000 });
  const rows = database.prepare('SELECT name, sealed FROM secrets').all();
  database.close();
  return new Map(rows.map((row) => [String(row['name']), String(row['sealed'])]));
}

const put = ({ databasePath }: TestGateway, rows: ReadonlyMap<string, string>) =>
  changeStore(databasePath, (database) => {
    const update = database.prepare('UPDATE secrets SET sealed = ? WHERE name = ?');
    for (const [name, text] of rows) update.run(text, name);
  });

const keysOf = (gateway: TestGateway) =>
  new Set([...sealed(gateway).values()].map((text) => text.split(':')[1]));

/** ML3, L06. */
it('puts every secret under a new key while a gateway writes more of them', async () => {
  const folder = temporaryFolder();
  const [gateway, client] = await started(folder);
  for (const name of NAMES) await write(client, name);
  const before = keysOf(gateway);
  expect(before.size).toBe(1);
  const keyFile = `${gateway.databasePath}.key`;
  const first = readFileSync(keyFile, 'utf8').trim();

  const more = ['fifth', 'sixth', 'seventh'];
  const rotating = vitalgate(['secrets', 'rotate', '--json', '--config', gateway.configFile]);
  for (const name of more) await write(client, name);
  const { code, stdout, stderr } = await rotating.ended;
  expect([code, stderr]).toEqual([0, '']);
  const { rotated } = JSON.parse(stdout) as { rotated: number };
  expect(rotated).toBeGreaterThanOrEqual(NAMES.length);
  // The key before the newest stays: somebody may have written with it a moment ago.
  expect(readFileSync(keyFile, 'utf8').trim().split('\n')[1]).toBe(first);
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);

  await rotateSecrets(`sqlite:${gateway.databasePath}`, {});
  await rotateSecrets(`sqlite:${gateway.databasePath}`, {});
  const after = keysOf(gateway);
  expect([after.size, after.has([...before][0])]).toEqual([1, false]);
  expect(readFileSync(keyFile, 'utf8')).not.toContain(first);
  await write(client, 'last');
  expect(keysOf(gateway)).toEqual(after);
  await gateway.stop();
  const [, again] = await started(folder);
  const { items } = await again.call('GET /api/providers');
  expect(items.map(({ name }) => name)).toEqual(['toy', ...NAMES, ...more, 'last']);
  for (const file of [gateway.databasePath, keyFile]) {
    for (const name of NAMES) expect(readFileSync(file, 'latin1')).not.toContain(secretOf(name));
  }
});

it('goes on where it was interrupted, with the key it had begun with', async () => {
  const folder = temporaryFolder();
  const [gateway, client] = await started(folder);
  for (const name of NAMES) await write(client, name);
  const before = sealed(gateway);
  const url = `sqlite:${gateway.databasePath}`;
  await rotateSecrets(url, {});
  const [key] = keysOf(gateway);
  // As if it had been killed after the second of four.
  await put(gateway, new Map([...before].slice(2)));
  expect(keysOf(gateway).size).toBe(2);
  await gateway.reload();
  expect((await client.call('GET /api/configuration')).problem).toBeNull();
  expect(await rotateSecrets(url, {})).toEqual({ rotated: 2, kept: 2 });
  expect(keysOf(gateway)).toEqual(new Set([key]));
});

it('takes the key of the environment, and reads with the one before until all are anew', async () => {
  const folder = temporaryFolder();
  const [gateway, client] = await started(folder, { VITALGATE_SECRET_KEY: OLD });
  for (const name of NAMES) await write(client, name);
  await gateway.stop();
  const url = `sqlite:${gateway.databasePath}`;
  const before = sealed(gateway);
  await expect(rotateSecrets(url, { VITALGATE_SECRET_KEY: NEW })).rejects.toMatchObject({
    code: 'secrets_unreadable',
  });
  expect(sealed(gateway)).toEqual(before);
  const both = { VITALGATE_SECRET_KEY: NEW, VITALGATE_SECRET_KEY_PREVIOUS: OLD };
  expect(await rotateSecrets(url, both)).toEqual({ rotated: NAMES.length, kept: 0 });
  const [moved] = await started(folder, { VITALGATE_SECRET_KEY: NEW });
  expect(moved.logged.join()).not.toContain('does not go with');
  await moved.stop();
  await expect(started(folder, { VITALGATE_SECRET_KEY: OLD })).rejects.toMatchObject({
    code: 'secrets_unreadable',
  });
  await expect(
    started(folder, { ...both, VITALGATE_SECRET_KEY_PREVIOUS: 'short' }),
  ).rejects.toMatchObject({ code: 'weak_secret' });

  // A row that was put in the place of another is read by nobody, nor encrypted anew.
  const [[one, theirs], [other, ours]] = [...sealed(gateway)] as [
    [string, string],
    [string, string],
  ];
  await put(
    gateway,
    new Map([
      [one, ours],
      [other, theirs],
    ]),
  );
  for (const act of [
    () => rotateSecrets(url, both),
    () => started(folder, { VITALGATE_SECRET_KEY: NEW }),
  ]) {
    await expect(act()).rejects.toMatchObject({ code: 'secrets_unreadable' });
  }
});
