import { channelSecrets, readConfig, type AlertChannelConfig } from '@vitalgate/contract';
import { ApiFailure, type Answer } from '@vitalgate/contract/api';
import { destinationOf } from '../alerts/channels.ts';
import type { AlertWatch } from '../alerts/watch.ts';
import { placeOf } from '../config/secret-places.ts';
import type { Running } from '../running.ts';
import { searchAlerts, searchDeliveries } from '../store/alerts.ts';
import type { Store } from '../store/database.ts';
import type { AlertDeliveryRow, AlertRow } from '../store/migrations.ts';
import type { SecretStore } from '../store/secrets.ts';
import type { Actor, Handlers } from './asked.ts';
import type { ConfigControl } from './config-control.ts';
import { cursorOf, readCursor } from './cursor.ts';
import { ConfigObjects, type Item } from './objects.ts';
import { plain } from './plain.ts';

type ChannelAnswer = Answer<'PUT /api/alerts/channels/{name}'>;
type RuleAnswer = Answer<'PUT /api/alerts/rules/{name}'>;
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
  const tellChannel = (config: AlertChannelConfig): ChannelAnswer => ({
    name: config.name,
    managedBy: channels.isInFile(config.name) ? 'file' : 'console',
    kind: config.kind,
    to: destinationOf(config),
    settings: withoutSecrets(config.kind, channels.find(config.name) ?? config),
    version: channels.versionOf(config.name),
  });
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
    'GET /api/alerts/channels': () => ({ items: current().config.alertChannels.map(tellChannel) }),
    async 'PUT /api/alerts/channels/{name}'({ actor, params, body: { kind, settings } }) {
      const name = nameOf(params);
      if (channels.isInFile(name)) throw managedByFile();
      const secrets: readonly string[] = channelSecrets[kind];
      const before = channels.find(name);
      const open = Object.entries(settings).filter(
        ([field]) => !secrets.includes(field) && field !== 'name' && field !== 'kind',
      );
      const item: Record<string, unknown> = { ...Object.fromEntries(open), name, kind };
      const inUse: Item = { ...current().config.alertChannels.find((one) => one.name === name) };
      const { webhookUrl } = inUse;
      const place = placeOf({ ...item, webhookUrl: settings['webhookUrl'] || webhookUrl });
      // What is left out stays, unless it would be sent to another place.
      const stays = before !== undefined && placeOf({ ...before, webhookUrl }) === place;
      const kept = stays ? before : {};
      const full = { ...item };
      const written = new Map<string, string>();
      for (const field of secrets) {
        const value = settings[field];
        if (typeof value === 'string' && value !== '') written.set(field, value);
        else if (kept[field] === undefined) continue;
        item[field] = `\${secret:${secretName(name, field)}}`;
        full[field] = written.get(field) ?? String(inUse[field]);
      }
      check(full);
      for (const [field, value] of written) await vault.write(secretName(name, field), value);
      await channels.put({ ...item, name }, by(actor));
      for (const field of everySecret) {
        if (item[field] === undefined) await vault.remove(secretName(name, field));
      }
      return tellChannel(channel(name));
    },
    async 'DELETE /api/alerts/channels/{name}'({ actor, params }) {
      const name = nameOf(params);
      const user = current().config.alertRules.find((rule) => rule.channels.includes(name));
      if (user !== undefined && channels.find(name) !== undefined) {
        throw new ApiFailure('in_use', `the rule "${user.name}" tells it`);
      }
      await channels.remove(name, by(actor));
      for (const field of everySecret) await vault.remove(secretName(name, field));
      return undefined;
    },
    'POST /api/alerts/channels/{name}/test': async ({ params }) =>
      deliveryOf(await watch.test(channel(params['name']))),
    'GET /api/alerts/rules': () => ({
      items: current().config.alertRules.map(({ name }) => tellRule(name)),
    }),
    async 'PUT /api/alerts/rules/{name}'({ actor, params, body }) {
      const name = nameOf(params);
      const { kind, settings, channels: told } = body;
      await rules.put({ ...settings, name, kind, channels: told }, by(actor));
      return tellRule(name);
    },
    async 'DELETE /api/alerts/rules/{name}'({ actor, params }) {
      await rules.remove(nameOf(params), by(actor));
      return undefined;
    },
  };
}

const managedByFile = () =>
  new ApiFailure('managed_by_file', 'it is in the configuration file; change it there');
const by = ({ name }: Actor) => ({ author: name });
const secretName = (channel: string, field: string) => `alertChannels/${channel}/${field}`;
const everySecret = [...new Set(Object.values(channelSecrets).flat())];

/** @throws {ApiFailure} `invalid_request` */
function nameOf({ name = '' }: Readonly<Record<string, string>>): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/.test(name)) return name;
  throw new ApiFailure('invalid_request', 'expected a name of letters, digits or . _ : @ -');
}

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
