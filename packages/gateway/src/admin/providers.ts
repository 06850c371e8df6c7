import { readConfig, type ProviderConfig } from '@vitalgate/contract';
import { ApiFailure, type Answer, type Body } from '@vitalgate/contract/api';
import { placeOf } from '../config/secret-places.ts';
import type { Running } from '../running.ts';
import type { SecretStore } from '../store/secrets.ts';
import { look } from '../upstream/look.ts';
import { Provider } from '../upstream/provider.ts';
import type { Actor, Handlers } from './asked.ts';
import type { ConfigControl } from './config-control.ts';
import { ConfigObjects, type Item } from './objects.ts';
import { plain } from './plain.ts';

type ProviderAnswer = Answer<'GET /api/providers/{name}'>;
type Tested = Answer<'POST /api/providers/test'>;

/** Shorter ones would be told by their last four characters. */
const SHOWN_FROM = 16;

/** Providers and their credentials, whose values go in and never come out. */
export function providerHandlers(
  current: () => Running,
  control: ConfigControl,
  vault: SecretStore,
): Handlers {
  const objects = new ConfigObjects('providers', 'provider', control);

  const tell = (name: string | undefined): ProviderAnswer => {
    const running = current();
    const config = running.config.providers.find((one) => one.name === name);
    if (config === undefined) throw new ApiFailure('not_found', 'there is no such provider');
    const made = running.providers.get(config.name);
    const { dialect, baseUrl, credentials, private: isPrivate, name: own, ...settings } = config;
    const managedBy = objects.isInFile(own) ? 'file' : 'console';
    const resting = made?.credentials.resting(running.clock.now()) ?? [];
    const targets = [...(made?.targetIds ?? [])];
    return {
      name: own,
      managedBy,
      dialect,
      baseUrl: baseUrl?.href ?? null,
      private: isPrivate,
      credentials: credentials.map((one) => ({
        name: one.name,
        hint: one.value.length >= SHOWN_FROM ? one.value.slice(-4) : '',
        managedBy,
        resting: resting.find(({ credential }) => credential === one.name)?.reason ?? null,
      })),
      settings: plain(settings) as Item,
      status: worst(targets.map((id) => running.tracker.snapshot().get(id)?.status ?? 'unknown')),
      targets: targets.length,
      version: objects.versionOf(own),
    };
  };
  const setCredential = (item: Item, credential: string): Item => ({
    ...item,
    credentials: [
      ...credentialsOf(item).filter(({ name }) => name !== credential),
      { name: credential, value: `\${secret:${secretName(String(item['name']), credential)}}` },
    ],
  });

  return {
    'GET /api/providers': () => ({
      items: current().config.providers.map(({ name }) => tell(name)),
    }),
    'GET /api/providers/{name}': ({ params }) => tell(params['name']),
    async 'POST /api/providers'({ actor, body }) {
      const { name, credentials = [], ...rest } = body;
      let item: Item & { readonly name: string } = { ...itemOf(rest), name };
      // A name that is taken must not lose the credentials of whoever has it.
      if (objects.isInFile(name) || objects.find(name) !== undefined) {
        throw new ApiFailure('already_exists', `there is a provider "${name}" already`);
      }
      for (const one of credentials) {
        await vault.write(secretName(name, one.name), one.value);
        item = { ...setCredential(item, one.name), name };
      }
      try {
        await objects.add(item, by(actor));
      } catch (error) {
        for (const one of credentials) await vault.remove(secretName(name, one.name));
        throw error;
      }
      return tell(name);
    },
    async 'PATCH /api/providers/{name}'({ actor, params, body, version }) {
      const name = params['name'] ?? '';
      const lost: string[] = [];
      const change = (before: Item): Item => {
        const after = { ...before, ...itemOf(body) };
        if (placeOf(before) === placeOf(after)) return after;
        lost.push(...credentialsOf(before).map((one) => one.name));
        const { credentials: _lost, ...rest } = after as Item & { credentials?: unknown };
        return rest;
      };
      await objects.change(name, version, change, by(actor));
      for (const credential of lost) await vault.remove(secretName(name, credential));
      return tell(name);
    },
    async 'DELETE /api/providers/{name}'({ actor, params }) {
      const name = params['name'] ?? '';
      const user = current().config.models.find(({ targets }) =>
        targets.some(({ provider }) => provider === name),
      );
      if (user !== undefined && objects.find(name) !== undefined) {
        throw new ApiFailure('in_use', `the model "${user.name}" uses it`);
      }
      const credentials = credentialsOf(objects.find(name) ?? {});
      await objects.remove(name, by(actor));
      for (const one of credentials) await vault.remove(secretName(name, one.name));
      return undefined;
    },
    async 'PUT /api/providers/{name}/credentials/{credential}'({ actor, params, body }) {
      const { name = '', credential = '' } = params;
      if (!/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/.test(credential)) {
        throw new ApiFailure('invalid_request', 'expected a name of letters, digits or . _ : @ -');
      }
      if (objects.find(name) === undefined) tell(name);
      else await vault.write(secretName(name, credential), body.value);
      await objects.change(name, undefined, (item) => setCredential(item, credential), by(actor));
      return tell(name);
    },
    async 'DELETE /api/providers/{name}/credentials/{credential}'({ actor, params }) {
      const { name = '', credential = '' } = params;
      const isKnown = tell(name).credentials.some((one) => one.name === credential);
      if (!isKnown) throw new ApiFailure('not_found', 'there is no such credential');
      const drop = (item: Item): Item => ({
        ...item,
        credentials: credentialsOf(item).filter((one) => one.name !== credential),
      });
      await objects.change(name, undefined, drop, by(actor));
      await vault.remove(secretName(name, credential));
      return tell(name);
    },
    'POST /api/providers/test'({ body }) {
      const { credential, ...rest } = body;
      const credentials = credential === undefined ? [] : [{ name: 'tried', value: credential }];
      const [provider] = readProviders([{ ...itemOf(rest), name: 'tried', credentials }]);
      if (provider === undefined) throw new ApiFailure('invalid_request', 'found no provider');
      return test(provider, current());
    },
    'POST /api/providers/{name}/test'({ params }) {
      const { name } = tell(params['name']);
      const provider = current().config.providers.find((one) => one.name === name);
      if (provider === undefined) throw new ApiFailure('not_found', 'there is no such provider');
      return test(provider, current());
    },
  };
}

const by = ({ name }: Actor) => ({ author: name });

const secretName = (provider: string, credential: string) => `providers/${provider}/${credential}`;

/** The body's own fields as the configuration writes them. */
function itemOf(body: Body<'PATCH /api/providers/{name}'>): Item {
  const { dialect, baseUrl, private: isPrivate, settings = {} } = body;
  const forbidden = Object.keys(settings).find((name) => /credential|secret|^name$/i.test(name));
  if (forbidden !== undefined) {
    throw new ApiFailure('invalid_request', `${forbidden} has a place of its own`);
  }
  const fields = { dialect, baseUrl: baseUrl ?? undefined, private: isPrivate };
  const told = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...settings, ...Object.fromEntries(told) };
}

const credentialsOf = (item: Item) =>
  (Array.isArray(item['credentials']) ? item['credentials'] : []) as readonly {
    readonly name: string;
  }[];

/** @throws {ApiFailure} `invalid_configuration` with every mistake */
function readProviders(providers: readonly Item[]): readonly ProviderConfig[] {
  const read = readConfig({ version: 1, providers });
  if ('config' in read) return read.config.providers;
  const errors = read.mistakes.map(({ path, message }) => ({
    path: ['body', ...path.slice(2)].join('.'),
    message,
  }));
  throw new ApiFailure('invalid_configuration', errors[0]?.message ?? 'it has mistakes', {
    errors,
  });
}

/** Asks for the list of models, which is free, once with each credential. */
async function test(config: ProviderConfig, running: Running): Promise<Tested> {
  const { clock } = running;
  const base = config.baseUrl ?? URL.parse(running.providers.get(config.name)?.url ?? '');
  if (base === null || base === undefined) {
    throw new ApiFailure('invalid_request', 'expected a baseUrl', {
      errors: [{ path: 'body.baseUrl', message: 'expected an http:// or https:// URL' }],
    });
  }
  const provider = new Provider(config, base);
  try {
    let ms = 0;
    for (const credential of provider.credentials.all) {
      const { verdict, latencyMs, status } = await look(provider, credential, running);
      ms = Math.max(ms, latencyMs);
      const { reason, fault } = verdict;
      if (fault === undefined) continue;
      const message = `${credential.name}: ${reason} (${fault}${status > 0 ? `, HTTP ${status}` : ''})`;
      return { ok: false, ms, reason, message };
    }
    return { ok: true, ms, reason: null, message: null };
  } finally {
    provider.door.destroy();
    running.log.info({ provider: config.name, at: clock.wall() }, 'an operator tried a provider');
  }
}

function worst(statuses: readonly ProviderAnswer['status'][]): ProviderAnswer['status'] {
  const order = ['fail', 'warn', 'unknown', 'pass'] as const;
  return order.find((one) => statuses.includes(one)) ?? 'unknown';
}
