import { ApiFailure, type Answer } from '@vitalgate/contract/api';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { listKeys } from '../store/keys.ts';
import { leaveTeam, listUsers } from '../store/people.ts';
import { sumUsage } from '../store/usage.ts';
import { readNumber } from './cursor.ts';
import type { Actor, Handlers } from './asked.ts';
import type { ConfigControl } from './config-control.ts';
import { limitText } from './limit-text.ts';
import { ConfigObjects } from './objects.ts';
import { seesTeam } from './scope.ts';

type TeamAnswer = Answer<'GET /api/teams/{id}'>;

/** More people than this, and a count is no longer exact. */
const MOST_USERS = 10_000;

/** Teams: of the file, or made in the console. */
export function teamHandlers(
  store: Store,
  current: () => Running,
  control: ConfigControl,
): Handlers {
  const objects = new ConfigObjects('teams', 'team', control);

  const all = async (actor: Actor): Promise<TeamAnswer[]> => {
    const { config, keyring, clock } = current();
    const now = clock.wall();
    const month = Date.UTC(new Date(now).getUTCFullYear(), new Date(now).getUTCMonth());
    const users = await listUsers(store, undefined, MOST_USERS);
    const spent = await sumUsage(store.reports, { since: month, until: now + 1 }, 'team');
    return config.teams
      .filter(({ name }) => seesTeam(actor, name))
      .map(({ name, models, limits }) => ({
        id: name,
        name,
        managedBy: objects.isInFile(name) ? 'file' : 'console',
        members: users.filter(({ teams }) => teams.includes(name)).length,
        keys: keyring.all.filter(({ team }) => team === name).length,
        spend: spent.find(({ group }) => group === name)?.cost ?? 0,
        models: models ?? null,
        limits: limits.map(limitText),
        version: objects.versionOf(name),
      }));
  };
  const find = async (actor: Actor, id: string | undefined): Promise<TeamAnswer> => {
    const team = (await all(actor)).find((one) => one.id === id);
    if (team === undefined) throw new ApiFailure('not_found', 'there is no such team');
    return team;
  };
  const by = ({ name }: Actor) => ({ author: name });

  return {
    async 'GET /api/teams'({ actor, query }) {
      const teams = await all(actor);
      const from = readNumber(query.cursor) ?? 0;
      const next = from + query.limit;
      return {
        items: teams.slice(from, next),
        next: next < teams.length ? String(next) : null,
      };
    },
    'GET /api/teams/{id}': ({ actor, params }) => find(actor, params['id']),
    async 'POST /api/teams'({ actor, body }) {
      await objects.add({ ...told(body), name: body.name }, by(actor));
      return find(actor, body.name);
    },
    async 'PATCH /api/teams/{id}'({ actor, params, body, version }) {
      const { id } = await find(actor, params['id']);
      const change = (before: object) => told({ ...before, ...told(body, true) });
      await objects.change(id, version, change, by(actor));
      return find(actor, id);
    },
    async 'DELETE /api/teams/{id}'({ actor, params }) {
      const { id } = await find(actor, params['id']);
      const names = [
        ...(await listKeys(store)).filter((key) => key.settings.team === id && !key.revoked_at),
        ...current().config.keys.filter(({ team }) => team === id),
      ].map(({ name }) => name);
      if (names.length > 0) {
        throw new ApiFailure('in_use', `keys belong to it: ${names.slice(0, 10).join(', ')}`);
      }
      await objects.remove(id, by(actor));
      // Who was in it must not be in another that takes its name.
      await leaveTeam(store, id);
      return undefined;
    },
    async 'GET /api/teams/{id}/members'({ actor, params }) {
      const { id } = await find(actor, params['id']);
      const users = await listUsers(store, undefined, MOST_USERS);
      const members = users.filter(({ teams }) => teams.includes(id));
      return { items: members.map(({ id: user, name, role }) => ({ id: user, name, role })) };
    },
  };
}

/** What was sent; null takes a restriction away. */
function told(fields: object, keepNull = false): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => value !== undefined && (keepNull || value !== null),
    ),
  );
}
