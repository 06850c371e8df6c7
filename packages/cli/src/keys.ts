import {
  readKeySettings,
  StartFailure,
  type Config,
  type KeySettingsText,
} from '@vitalgate/contract';
import {
  createKey,
  hasTeam,
  listKeys,
  openStore,
  readConfiguration,
  revokeKey,
  rotateKey,
  type KeyListing,
  type Store,
} from '@vitalgate/gateway';

interface StoreFlags {
  readonly config?: string;
  readonly json?: boolean;
}

interface CreateFlags extends StoreFlags {
  readonly expires?: string;
  readonly owner?: string;
  readonly team?: string;
  /** Names, separated by commas. */
  readonly models?: string;
  readonly apis?: string;
  readonly prompts?: string;
  readonly ips?: string;
  /** `60/1m` and the like. */
  readonly requests?: string;
  readonly tokens?: string;
  readonly cost?: string;
  readonly concurrency?: string;
  readonly guardrails?: string;
}

/** `vitalgate keys create NAME` */
export async function create(name: string, flags: CreateFlags): Promise<void> {
  const expires = flags.expires === undefined ? null : Date.parse(flags.expires);
  if (Number.isNaN(expires)) {
    throw new StartFailure(
      'invalid_config',
      `found --expires ${flags.expires ?? ''}, expected a date such as 2027-01-01`,
    );
  }
  const settings = settingsOf(flags);
  await withStore(flags, async (store, config) => {
    const { team } = settings;
    if (typeof team === 'string' && !(await hasTeam(config, store, team))) {
      throw new StartFailure(
        'invalid_config',
        `found --team ${team}, expected a team of the configuration: the key would not work`,
      );
    }
    if ((await listKeys(store)).some((key) => key.name === name)) {
      throw new StartFailure(
        'invalid_config',
        `there is a key "${name}" already; choose another name`,
      );
    }
    const { id, secret } = await createKey(store, name, Date.now(), expires, settings);
    show(flags, { id, name, secret, ...settings }, secret);
  });
}

/** `vitalgate keys rotate NAME`: another secret, while the old one works on for a while. */
export async function rotate(
  name: string,
  flags: StoreFlags & { readonly grace: string },
): Promise<void> {
  const grace = milliseconds(flags.grace);
  await withStore(flags, async (store) => {
    const key = await find(store, name);
    const until = Date.now() + grace;
    const secret = await rotateKey(store, key.id, until);
    if (secret === undefined) throw nothingTo('rotate', name);
    const previousUntil = new Date(until).toISOString();
    show(flags, { id: key.id, name: key.name, secret, previousUntil }, secret);
  });
}

/** `vitalgate keys list` */
export async function list(flags: StoreFlags): Promise<void> {
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
      key.settings.owner ?? '-',
      key.settings.team ?? '-',
      key.settings.models?.join(',') ?? 'all',
      date(key.created_at),
      date(key.expires_at),
      date(key.revoked_at),
    ]);
    const table = [
      ['NAME', 'KEY', 'OWNER', 'TEAM', 'MODELS', 'MADE', 'EXPIRES', 'REVOKED'],
      ...rows,
    ];
    const widths = table[0]?.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
    for (const row of table) {
      const cells = row.map((cell, i) => cell.padEnd(widths?.[i] ?? 0));
      process.stdout.write(`${cells.join('  ').trimEnd()}\n`);
    }
  });
}

/** `vitalgate keys revoke NAME` */
export async function revoke(name: string, flags: StoreFlags): Promise<void> {
  await withStore(flags, async (store) => {
    if (!(await revokeKey(store, name, Date.now()))) throw nothingTo('revoke', name);
    process.stdout.write(
      flags.json === true ? `${JSON.stringify({ revoked: name })}\n` : `revoked ${name}\n`,
    );
  });
}

function show(flags: StoreFlags, made: object, secret: string): void {
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify(made)}\n`
      : `${secret}\nKeep it now: only its hash is stored, and it is not shown again.\n`,
  );
}

function settingsOf(flags: CreateFlags): KeySettingsText {
  const {
    owner,
    team,
    models,
    apis,
    prompts,
    ips,
    requests,
    tokens,
    cost,
    concurrency,
    guardrails,
  } = flags;
  const limits = [
    ...over('requests', requests),
    ...over('tokens', tokens),
    ...over('cost', cost),
    ...(concurrency === undefined ? [] : [{ concurrency: Number(concurrency) }]),
  ];
  const settings = {
    ...(owner === undefined ? {} : { owner }),
    ...(team === undefined ? {} : { team }),
    ...(models === undefined ? {} : { models: models.split(',') }),
    ...(apis === undefined ? {} : { apis: apis.split(',') }),
    ...(prompts === undefined ? {} : { prompts: prompts.split(',') }),
    ...(ips === undefined ? {} : { ips: ips.split(',') }),
    ...(limits.length === 0 ? {} : { limits }),
    ...(guardrails === undefined ? {} : { guardrails: guardrails.split(',') }),
  };
  const read = readKeySettings(settings);
  if ('mistakes' in read) {
    const told = read.mistakes.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new StartFailure('invalid_config', told.join('\n'));
  }
  return settings as KeySettingsText;
}

/** `60/1m` as a limit; what is wrong with it the settings say. */
function over(what: string, text: string | undefined): object[] {
  if (text === undefined) return [];
  const [amount = '', per = ''] = text.split('/');
  return [{ [what]: Number(amount), per }];
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function milliseconds(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (amount !== undefined && factor !== undefined) return Number(amount) * factor;
  throw new StartFailure(
    'invalid_config',
    `found --grace ${text}, expected such as 10m, 24h or 7d`,
  );
}

async function find(store: Store, idOrName: string): Promise<KeyListing> {
  const key = (await listKeys(store)).find(
    ({ id, name, revoked_at: revoked }) =>
      revoked === null && (id === idOrName || name === idOrName),
  );
  if (key === undefined) throw nothingTo('rotate', idOrName);
  return key;
}

const nothingTo = (what: string, name: string) =>
  new StartFailure(
    'invalid_config',
    `there is no key "${name}" to ${what}; see vitalgate keys list`,
  );

async function withStore(
  flags: StoreFlags,
  use: (store: Store, config: Config) => Promise<void>,
): Promise<void> {
  const config = await readConfiguration(flags.config, process.env);
  const store = await openStore(config.store);
  try {
    await use(store, config);
  } finally {
    await store.close();
  }
}
