import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openStore } from '@vitalgate/gateway';
import { expect, it } from 'vitest';
import { temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { vitalgate } from '../harness/process.ts';

/** X31: a process that is killed while it brings its store up to date, before this or that statement. */

/** Kills the process, in whichever of its threads, before the n-th statement that changes tables. */
const killer = `import { DatabaseSync } from 'node:sqlite';
let left = Number(process.env.KILL_AT ?? 0);
for (const name of ['prepare', 'exec']) {
  const ask = DatabaseSync.prototype[name];
  DatabaseSync.prototype[name] = function (sql, ...rest) {
    const counts = /^\\s*(?:create|alter|drop|update|begin|commit|insert into "kysely)/i.test(sql);
    if (counts && --left === 0) process.kill(process.pid, 'SIGKILL');
    return ask.call(this, sql, ...rest);
  };
}
`;

/** Tables, indexes and triggers, and what was brought up to date. */
function shapeOf(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  const made = database.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY name').all();
  const names = database.prepare('SELECT name FROM kysely_migration ORDER BY name').all();
  const [{ integrity_check: integrity } = {}] = database.prepare('PRAGMA integrity_check').all();
  database.close();
  return { made, names, integrity };
}

async function shapeAfter(path: string): Promise<unknown> {
  const store = await openStore(`sqlite:${path}`);
  await store.close();
  return shapeOf(path);
}

it('leaves a store that the next brings up to date as if nothing had been', async () => {
  const whole = await shapeAfter(join(temporaryFolder(), 'whole.db'));
  const file = join(temporaryFolder(), 'killer.mjs');
  writeFileSync(file, killer);
  const killedAt: number[] = [];
  for (let n = 1; ; n = Math.ceil(n * 1.6) + 1) {
    const folder = temporaryFolder();
    const config = writeConfig(folder, '');
    const environment = { KILL_AT: String(n) };
    const gateway = vitalgate(['start', '--config', config], environment, ['--import', file]);
    const ready = gateway.until(/^ready$/m).then(
      () => true,
      () => false,
    );
    if (await ready) break;
    killedAt.push(n);
    expect([n, gateway.child.signalCode]).toEqual([n, 'SIGKILL']);
    expect([n, await shapeAfter(join(folder, 'vitalgate.db'))]).toEqual([n, whole]);
  }
  // From the first table to the last migration, or nearly.
  expect(killedAt.length).toBeGreaterThan(4);
});
