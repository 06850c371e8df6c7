import { StartFailure } from '@vitalgate/contract';
import {
  createKey,
  listKeys,
  openStore,
  readConfiguration,
  revokeKey,
  type Store,
} from '@vitalgate/gateway';

interface KeyFlags {
  readonly config?: string;
  readonly expires?: string;
  readonly json?: boolean;
}

/** `vitalgate keys create NAME` */
export async function create(name: string, flags: KeyFlags): Promise<void> {
  const expires = flags.expires === undefined ? null : Date.parse(flags.expires);
  if (Number.isNaN(expires)) {
    throw new StartFailure(
      'invalid_config',
      `found --expires ${flags.expires ?? ''}, expected a date such as 2027-01-01`,
    );
  }
  await withStore(flags, async (store) => {
    if ((await listKeys(store)).some((key) => key.name === name)) {
      throw new StartFailure(
        'invalid_config',
        `there is a key "${name}" already; choose another name`,
      );
    }
    const { id, secret } = await createKey(store, name, Date.now(), expires);
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify({ id, name, secret })}\n`
        : `${secret}\nKeep it now: only its hash is stored, and it is not shown again.\n`,
    );
  });
}

/** `vitalgate keys list` */
export async function list(flags: KeyFlags): Promise<void> {
  await withStore(flags, async (store) => {
    const keys = await listKeys(store);
    if (flags.json === true) {
      process.stdout.write(`${JSON.stringify(keys)}\n`);
      return;
    }
    const date = (ms: number | null) =>
      ms === null ? '-' : new Date(ms).toISOString().slice(0, 10);
    const rows = keys.map((key) => [
      key.name,
      `${key.hint}…`,
      date(key.created_at),
      date(key.expires_at),
      date(key.revoked_at),
    ]);
    const table = [['NAME', 'KEY', 'MADE', 'EXPIRES', 'REVOKED'], ...rows];
    const widths = [0, 1, 2, 3, 4].map((i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
    for (const row of table) {
      process.stdout.write(
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
      );
    }
  });
}

/** `vitalgate keys revoke NAME` */
export async function revoke(name: string, flags: KeyFlags): Promise<void> {
  await withStore(flags, async (store) => {
    if (!(await revokeKey(store, name, Date.now()))) {
      throw new StartFailure(
        'invalid_config',
        `there is no key "${name}" to revoke; see vitalgate keys list`,
      );
    }
    process.stdout.write(`revoked ${name}\n`);
  });
}

async function withStore(flags: KeyFlags, use: (store: Store) => Promise<void>): Promise<void> {
  const config = await readConfiguration(flags.config, process.env);
  const store = await openStore(config.store);
  try {
    await use(store);
  } finally {
    await store.close();
  }
}
