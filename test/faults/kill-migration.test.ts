import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openStore } from '@vitalgate/gateway';
import { expect, it } from 'vitest';
import { temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { ask, testDatabase } from '../harness/postgres.ts';
import { vitalgate } from '../harness/process.ts';

/** X31: a process that is killed while it brings its store up to date, before this or that statement. */

/** Kills the process, in whichever of its threads, before the n-th statement that changes tables. */
const killer = `import { createRequire } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
const { Client } = createRequire(${JSON.stringify(import.meta.url)})('pg');
let left = Number(process.env.KILL_AT ?? 0);
const killBefore = (prototype, name) => {
  const asking = prototype[name];
  prototype[name] = function (asked, ...rest) {
    const sql = typeof asked === 'string' ? asked : (asked.text ?? '');
    const counts = /^\\s*(?:create|alter|drop|update|begin|start|commit|insert into "kysely)/i.test(sql);
    if (counts && --left === 0) process.kill(process.pid, 'SIGKILL');
    return asking.call(this, asked, ...rest);
  };
};
killBefore(DatabaseSync.prototype, 'prepare');
killBefore(DatabaseSync.prototype, 'exec');
killBefore(Client.prototype, 'query');
`;

/** Where a store is made, and its tables, indexes and triggers with what was brought up to date. */
interface Engine {
  readonly place: () => Promise<string>;
  readonly shapeOf: (url: string) => Promise<unknown>;
}

const engines: Readonly<Record<string, Engine>> = {
  sqlite: {
    place: async () => `sqlite:${join(temporaryFolder(), 'store.db')}`,
    async shapeOf(url) {
      const database = new DatabaseSync(url.replace('sqlite:', ''), { readOnly: true });
      const all = (sql: string) => database.prepare(sql).all();
      const shape = {
        made: all('SELECT type, name, sql FROM sqlite_master ORDER BY name'),
        names: all('SELECT name FROM kysely_migration ORDER BY name'),
        integrity: all('PRAGMA integrity_check'),
      };
      database.close();
      return shape;
    },
  },
  postgres: {
    place: testDatabase,
    async shapeOf(url) {
      const here = `= 'public'`;
      return {
        columns: await ask(
          url,
          `SELECT table_name, column_name, data_type, is_nullable, column_default
           FROM information_schema.columns WHERE table_schema ${here} ORDER BY 1, 2`,
        ),
        indexes: await ask(
          url,
          `SELECT indexdef FROM pg_indexes WHERE schemaname ${here} ORDER BY 1`,
        ),
        triggers: await ask(
          url,
          `SELECT event_object_table, trigger_name, event_manipulation, action_statement
           FROM information_schema.triggers WHERE trigger_schema ${here} ORDER BY 1, 2, 3`,
        ),
        names: await ask(url, 'SELECT name FROM kysely_migration ORDER BY name'),
      };
    },
  },
};

it.each(Object.entries(engines))(
  'leaves a store that the next brings up to date as if nothing had been: %s',
  async (_name, { place, shapeOf }) => {
    const shapeAfter = async (url: string) => {
      const store = await openStore(url);
      await store.close();
      return shapeOf(url);
    };
    const whole = await shapeAfter(await place());
    const file = join(temporaryFolder(), 'killer.mjs');
    writeFileSync(file, killer);
    const killedAt: number[] = [];
    for (let n = 1; ; n = n * 2 + 1) {
      const url = await place();
      const config = writeConfig(temporaryFolder(), '', '', url);
      const environment = { KILL_AT: String(n) };
      const gateway = vitalgate(['start', '--config', config], environment, ['--import', file]);
      const ready = gateway.until(/^ready$/m).then(
        () => true,
        () => false,
      );
      if (await ready) break;
      killedAt.push(n);
      expect([n, gateway.child.signalCode]).toEqual([n, 'SIGKILL']);
      expect([n, await shapeAfter(url)]).toEqual([n, whole]);
    }
    // From the first table to the last migration, or nearly.
    expect(killedAt.length).toBeGreaterThan(4);
  },
  // Each process that starts takes seconds on a busy machine.
  180_000,
);
