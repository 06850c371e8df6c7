import { readKeySettings, type KeyConfig, type KeySettingsText } from '@vitalgate/contract';
import { ApiFailure, type Answer } from '@vitalgate/contract/api';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import {
  changeKey,
  createKey,
  listKeys,
  revokeKey,
  rotateKey,
  type KeyListing,
} from '../store/keys.ts';
import { lastUses } from '../store/usage.ts';
import { noCursor } from './cursor.ts';
import type { Actor, Handlers } from './asked.ts';
import { limitText } from './limit-text.ts';
import { seesTeam } from './scope.ts';

type KeyAnswer = Answer<'GET /api/keys/{id}'>;

interface KeyOptions {
  readonly store: Store;
  readonly current: () => Running;
  /** Takes up changed keys at once. */
  readonly refresh: () => Promise<void>;
}

/** Client keys: those of the file are shown, those of the store made, changed and revoked. */
export function keyHandlers({ store, current, refresh }: KeyOptions): Handlers {
  const all = async (actor: Actor): Promise<KeyAnswer[]> => {
    const { config, clock } = current();
    const uses = await lastUses(store);
    const now = clock.wall();
    const keys = [
      ...(await listKeys(store)).toReversed().map((key) => ofStore(key, now)),
      ...config.keys.map((key) => ofFile(key, now)),
    ];
    return keys
      .filter(({ team }) => seesTeam(actor, team))
      .map((key) => ({ ...key, lastUsedAt: iso(uses.get(key.id)) }));
  };
  const find = async (actor: Actor, id: string | undefined): Promise<KeyAnswer> => {
    const key = (await all(actor)).find((one) => one.id === id);
    if (key === undefined) throw new ApiFailure('not_found', 'there is no such key');
    return key;
  };
  const findToChange = async (actor: Actor, id: string | undefined): Promise<KeyListing> => {
    const { managedBy, status } = await find(actor, id);
    if (managedBy === 'file') {
      throw new ApiFailure('managed_by_file', 'this key is in the configuration file');
    }
    if (status === 'revoked') throw new ApiFailure('in_use', 'this key has been revoked');
    const key = (await listKeys(store)).find((one) => one.id === id);
    if (key === undefined) throw new ApiFailure('not_found', 'there is no such key');
    return key;
  };

  /** What is asked for, if it can be and if whoever asks may give it away. */
  const checked = (
    actor: Actor,
    settings: KeySettingsText,
    before: KeySettingsText = {},
  ): KeySettingsText => {
    const read = readKeySettings(settings);
    const { config } = current();
    const mistakes = 'mistakes' in read ? [...read.mistakes] : [];
    const unknown = (names: readonly string[] | undefined, path: string, known: string[]) => {
      const wrong = names?.find((name) => !known.includes(name) && !name.includes('/'));
      if (wrong !== undefined) {
        mistakes.push({ path: [path], message: `expected some of: ${known.join(', ')}` });
      }
    };
    unknown(settings.models, 'models', names(config.models));
    unknown(settings.apis, 'apis', names(config.apis));
    unknown(settings.prompts, 'prompts', names(config.prompts));
    unknown(settings.guardrails, 'guardrails', names(config.guardrails));
    if (settings.team !== undefined) unknown([settings.team], 'team', names(config.teams));
    if (mistakes.length > 0) {
      const errors = mistakes.map(({ path, message }) => ({
        path: ['body', ...path].join('.'),
        message,
      }));
      throw new ApiFailure('invalid_request', `${errors[0]?.path}: ${errors[0]?.message}`, {
        errors,
      });
    }
    if (!seesTeam(actor, settings.team)) {
      throw new ApiFailure('forbidden', 'a member makes keys for its own teams alone');
    }
    if (actor.role === 'member') {
      if (settings.owner !== before.owner && settings.owner !== ownerOf(actor)) {
        throw new ApiFailure('forbidden', 'a member makes keys in its own name alone');
      }
      const lost = before.guardrails?.find((one) => settings.guardrails?.includes(one) !== true);
      if (lost !== undefined) {
        throw new ApiFailure('forbidden', `a member does not take the guardrail ${lost} away`);
      }
    }
    return settings;
  };

  return {
    async 'GET /api/keys'({ actor, query }) {
      const { team, owner, status, q, limit, cursor } = query;
      const keys = (await all(actor)).filter(
        (key) =>
          (team === undefined || key.team === team) &&
          (owner === undefined || key.owner === owner) &&
          (status === undefined || key.status === status) &&
          (q === undefined || key.name.includes(q)),
      );
      const from = cursor === undefined ? 0 : keys.findIndex(({ id }) => id === cursor) + 1;
      if (cursor !== undefined && from === 0) throw noCursor();
      const items = keys.slice(from, from + limit);
      return { items, next: from + limit < keys.length ? (items.at(-1)?.id ?? null) : null };
    },
    'GET /api/keys/{id}': ({ actor, params }) => find(actor, params['id']),
    async 'POST /api/keys'({ actor, body }) {
      const { name, expiresAt, ...rest } = body;
      const settings = checked(actor, merged(ownedBy(actor), rest), ownedBy(actor));
      const isTaken =
        current().config.keys.some((key) => key.name === name) ||
        (await listKeys(store)).some((key) => key.name === name);
      if (isTaken) throw new ApiFailure('already_exists', `there is a key "${name}" already`);
      const expires = typeof expiresAt === 'string' ? Date.parse(expiresAt) : null;
      const now = current().clock.wall();
      const { id, secret } = await createKey(store, name, now, expires, settings);
      await refresh();
      return { key: await find(actor, id), secret };
    },
    async 'PATCH /api/keys/{id}'({ actor, params, body, version }) {
      const key = await findToChange(actor, params['id']);
      const { expiresAt, ...rest } = body;
      const settings = checked(actor, merged(key.settings, rest), key.settings);
      const expires =
        expiresAt === undefined
          ? key.expires_at
          : expiresAt === null
            ? null
            : Date.parse(expiresAt);
      const isSame = String(key.version) === version;
      if (!isSame || !(await changeKey(store, key, settings, expires))) {
        throw new ApiFailure('version_changed', 'somebody else has changed this key meanwhile');
      }
      await refresh();
      return find(actor, key.id);
    },
    async 'POST /api/keys/{id}/rotate'({ actor, params, body }) {
      const { id } = await findToChange(actor, params['id']);
      const secret = await rotateKey(store, id, current().clock.wall() + body.graceMs);
      if (secret === undefined) throw new ApiFailure('in_use', 'this key has been revoked');
      await refresh();
      return { key: await find(actor, id), secret };
    },
    async 'POST /api/keys/{id}/revoke'({ actor, params }) {
      const { id } = await findToChange(actor, params['id']);
      await revokeKey(store, id, current().clock.wall());
      await refresh();
      return find(actor, id);
    },
  };
}

/** Whom a key belongs to that somebody makes; a token is nobody in person. */
const ownerOf = ({ kind, email, name }: Actor): string | undefined =>
  kind === 'user' ? (email ?? name) : undefined;

function ownedBy(actor: Actor): KeySettingsText {
  const owner = ownerOf(actor);
  return owner === undefined ? {} : { owner };
}

const iso = (ms: number | null | undefined) =>
  ms === null || ms === undefined ? null : new Date(ms).toISOString();

const names = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name);

type Change = { readonly [Name in keyof KeySettingsText]?: KeySettingsText[Name] | null };

/** What is left out stays as it is; null takes the restriction away. */
function merged(before: KeySettingsText, change: Change): KeySettingsText {
  const entries = Object.entries({ ...before, ...defined(change) });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

const defined = (change: object) =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));

function ofStore(key: KeyListing, now: number): KeyAnswer {
  const { settings, expires_at: expires, revoked_at: revoked } = key;
  return {
    id: key.id,
    name: key.name,
    hint: key.hint,
    managedBy: 'console',
    status: revoked !== null ? 'revoked' : statusAt(expires, now),
    owner: settings.owner ?? null,
    team: settings.team ?? null,
    models: settings.models ?? null,
    apis: settings.apis ?? null,
    prompts: settings.prompts ?? null,
    ips: settings.ips ?? null,
    limits: (settings.limits ?? []) as KeyAnswer['limits'],
    guardrails: settings.guardrails ?? [],
    createdAt: iso(key.created_at),
    expiresAt: iso(expires),
    revokedAt: iso(revoked),
    lastUsedAt: null,
    version: String(key.version),
  };
}

function ofFile(key: KeyConfig, now: number): KeyAnswer {
  return {
    id: `file:${key.name}`,
    name: key.name,
    hint: null,
    managedBy: 'file',
    status: statusAt(key.expires, now),
    owner: key.owner ?? null,
    team: key.team ?? null,
    models: key.models ?? null,
    apis: key.apis ?? null,
    prompts: key.prompts ?? null,
    ips: key.ips ?? null,
    limits: key.limits.map(limitText),
    guardrails: key.guardrails ?? [],
    createdAt: null,
    expiresAt: iso(key.expires),
    revokedAt: null,
    lastUsedAt: null,
    version: 'file',
  };
}

const statusAt = (expires: number | null | undefined, now: number) =>
  typeof expires === 'number' && expires <= now ? 'expired' : 'active';
