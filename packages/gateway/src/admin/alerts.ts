import { channelSecrets, readConfig, type AlertChannelConfig } from '@vitalgate/contract';
import { ApiFailure, type Answer, type Body } from '@vitalgate/contract/api';
import { destinationOf } from '../alerts/channels.ts';
import type { AlertWatch } from '../alerts/watch.ts';
import { placeOf } from '../config/secret-places.ts';
import type { Running } from '../running.ts';
import { searchAlerts, searchDeliveries } from '../store/alerts.ts';
import type { Store } from '../store/database.ts';
import type { AlertDeliveryRow, AlertRow } from '../store/migrations.ts';
import type { SecretChanges, SecretStore } from '../store/secrets.ts';
import type { Actor, Handlers } from './asked.ts';
import type { ConfigControl } from './config-control.ts';
import { cursorOf, readCursor } from './cursor.ts';
import { ConfigObjects, type Item } from './objects.ts';
import { plain } from './plain.ts';

type ChannelAnswer = Answer<'PATCH /api/alerts/channels/{name}'>;
type ChannelBody = Body<'PATCH /api/alerts/channels/{name}'>;
type RuleAnswer = Answer<'PATCH /api/alerts/rules/{name}'>;
type DeliveryAnswer = Answer<'POST /api/alerts/channels/{name}/test'>;

interface AlertOptions {
  readonly store: Store;
  readonly current: () => Running;
  readonly control: ConfigControl;
  readonly vault: SecretStore;
  readonly watch: AlertWatch;
}

export const alertOf = (row: AlertRow): Answer<'GET /api/alerts'>['items'][number] => ({
  id: row.id,
  rule: row.rule,
  subject: row.subject,
  state: row.ended_at === null ? 'firing' : 'resolved',
  message: row.message,
  startedAt: new Date(row.started_at).toISOString(),
  endedAt: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
  effects: JSON.parse(row.effects) as string[],
});

const deliveryOf = (row: AlertDeliveryRow): DeliveryAnswer => ({
  id: row.id,
  channel: row.channel,
  event: row.event as DeliveryAnswer['event'],
  alerts: JSON.parse(row.alerts) as string[],
  at: new Date(row.at).toISOString(),
  state: row.state as DeliveryAnswer['state'],
  attempts: row.attempts,
  nextAt: row.next_at === null ? null : new Date(row.next_at).toISOString(),
  problem: row.problem,
});

/** Alerts, the rules behind them, and the channels they are told on, whose secrets go in alone. */
export function alertHandlers({ store, current, control, vault, watch }: AlertOptions): Handlers {
  const channels = new ConfigObjects('alertChannels', 'channel', control);
  const rules = new ConfigObjects('alertRules', 'alert rule', control);

  const channel = (name: string | undefined): AlertChannelConfig => {
    const found = current().config.alertChannels.find((one) => one.name === name);
    if (found === undefined) throw new ApiFailure('not_found', 'there is no such channel');
    return found;
  };
  const tellChannel = (
    config: AlertChannelConfig,
    versionOf: (name: string) => string,
  ): ChannelAnswer => ({
    name: config.name,
    managedBy: channels.isInFile(config.name) ? 'file' : 'console',
    kind: config.kind,
    to: destinationOf(config),
    settings: withoutSecrets(config.kind, channels.find(config.name) ?? config),
    version: versionOf(config.name),
  });
  const tellNewest = async (name: string): Promise<ChannelAnswer> =>
    tellChannel(channel(name), await channels.versions(vault));
  /** A channel as the document has it, and what is changed of its secrets. */
  const written = (name: string, { kind, settings }: ChannelBody, before: Item | undefined) => {
    const secretsOf: readonly string[] = channelSecrets[kind];
    const open = Object.entries(settings).filter(
      ([field]) => !secretsOf.includes(field) && field !== 'name' && field !== 'kind',
    );
    const item: Record<string, unknown> = { ...Object.fromEntries(open), name, kind };
    const inUse: Item = { ...current().config.alertChannels.find((one) => one.name === name) };
    const { webhookUrl } = inUse;
    const place = placeOf({ ...item, webhookUrl: settings['webhookUrl'] || webhookUrl });
    // What is left out stays, unless it would be sent to another place.
    const stays = before !== undefined && placeOf({ ...before, webhookUrl }) === place;
    const kept = stays ? before : {};
    const full = { ...item };
    const secrets = new Map<string, string | undefined>();
    for (const field of secretsOf) {
      const value = settings[field];
      if (typeof value === 'string' && value !== '') secrets.set(secretName(name, field), value);
      else if (kept[field] === undefined) continue;
      item[field] = `\${secret:${secretName(name, field)}}`;
      full[field] = secrets.get(secretName(name, field)) ?? String(inUse[field]);
    }
    check(full);
    for (const field of everySecret) {
      if (item[field] === undefined) secrets.set(secretName(name, field), undefined);
    }
    return { item: { ...item, name }, secrets: secrets as SecretChanges };
  };
  const tellRule = (name: string | undefined): RuleAnswer => {
    const config = current().config.alertRules.find((one) => one.name === name);
    if (config === undefined) throw new ApiFailure('not_found', 'there is no such rule');
    const { name: own, kind, channels: told } = config;
    const {
      name: _name,
      kind: _kind,
      channels: _channels,
      ...settings
    }: Item = rules.find(own) ?? {
      ...config,
    };
    return {
      name: own,
      managedBy: rules.isInFile(own) ? 'file' : 'console',
      kind,
      settings: plain(settings) as Item,
      channels: [...told],
      version: rules.versionOf(own),
    };
  };

  return {
    async 'GET /api/alerts'({ query: { limit, cursor, state } }) {
      const before = readCursor(cursor);
      const isFiring = state === undefined ? undefined : state === 'firing';
      const rows = await searchAlerts(store, { isFiring, before, limit: limit + 1 });
      return paged(rows, limit, alertOf, (row) => cursorOf(row.started_at, row.id));
    },
    async 'GET /api/alerts/deliveries'({ query: { limit, cursor } }) {
      const rows = await searchDeliveries(store, { before: readCursor(cursor), limit: limit + 1 });
      return paged(rows, limit, deliveryOf, (row) => cursorOf(row.at, row.id));
    },
    async 'GET /api/alerts/channels'() {
      const versionOf = await channels.versions(vault);
      return { items: current().config.alertChannels.map((one) => tellChannel(one, versionOf)) };
    },
    async 'POST /api/alerts/channels'({ actor, body: { name, ...body } }) {
      channels.refuseTaken(name);
      const { item, secrets } = written(name, body, undefined);
      await channels.add(item, { author: actor.name, secrets });
      return tellNewest(name);
    },
    async 'PATCH /api/alerts/channels/{name}'({ actor, params, body, version }) {
      const { name = '' } = params;
      const { item: before, number } = await channels.ownWithSecrets(name, version, vault);
      const { item, secrets } = written(name, body, before);
      await channels.change(name, undefined, () => item, { author: actor.name, secrets, number });
      return tellNewest(name);
    },
    async 'DELETE /api/alerts/channels/{name}'({ actor, params }) {
      const { name = '' } = params;
      const user = current().config.alertRules.find((rule) => rule.channels.includes(name));
      if (user !== undefined && channels.find(name) !== undefined) {
        throw new ApiFailure('in_use', `the rule "${user.name}" tells it`);
      }
      const secrets = new Map(everySecret.map((field) => [secretName(name, field), undefined]));
      await channels.remove(name, { author: actor.name, secrets });
      return undefined;
    },
    'POST /api/alerts/channels/{name}/test': async ({ params }) =>
      deliveryOf(await watch.test(channel(params['name']))),
    'GET /api/alerts/rules': () => ({
      items: current().config.alertRules.map(({ name }) => tellRule(name)),
    }),
    async 'POST /api/alerts/rules'({ actor, body: { name, settings, ...rest } }) {
      await rules.add({ ...settings, ...rest, name }, by(actor));
      return tellRule(name);
    },
    async 'PATCH /api/alerts/rules/{name}'({ actor, params, body, version }) {
      const { name = '' } = params;
      const { settings, ...rest } = body;
      await rules.change(name, version, () => ({ ...settings, ...rest }), by(actor));
      return tellRule(name);
    },
    async 'DELETE /api/alerts/rules/{name}'({ actor, params }) {
      await rules.remove(params['name'] ?? '', by(actor));
      return undefined;
    },
  };
}

const by = ({ name }: Actor) => ({ author: name });
const secretName = (channel: string, field: string) => `alertChannels/${channel}/${field}`;
const everySecret = [...new Set(Object.values(channelSecrets).flat())];

function withoutSecrets(kind: AlertChannelConfig['kind'], item: object): Item {
  const hidden = new Set<string>(['name', 'kind', ...channelSecrets[kind]]);
  const shown = Object.entries(item).filter(([field]) => !hidden.has(field));
  return plain(Object.fromEntries(shown)) as Item;
}

/** @throws {ApiFailure} `invalid_configuration` with every mistake */
function check(channel: Item): void {
  const read = readConfig({ version: 1, alertChannels: [channel] });
  if ('config' in read) return;
  const errors = read.mistakes.map(({ path, message }) => ({
    path: ['body.settings', ...path.slice(2)].join('.'),
    message,
  }));
  const [first] = errors;
  throw new ApiFailure('invalid_configuration', first?.message ?? 'it has mistakes', { errors });
}

function paged<Row, Told>(
  rows: readonly Row[],
  limit: number,
  tell: (row: Row) => Told,
  cursor: (row: Row) => string,
): { items: Told[]; next: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(tell),
    next: rows.length > limit && last !== undefined ? cursor(last) : null,
  };
}
