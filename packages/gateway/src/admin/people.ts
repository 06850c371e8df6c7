import { ApiFailure, type Answer } from '@vitalgate/contract/api';
import type { Clock } from '@vitalgate/health';
import {
  createAdminToken,
  listAdminTokens,
  revokeAdminToken,
  type AdminTokenListing,
} from '../store/admin-tokens.ts';
import type { Store } from '../store/database.ts';
import {
  changeUser,
  countOwners,
  createLink,
  createUser,
  deleteUser,
  findUser,
  listUsers,
  type User,
} from '../store/people.ts';
import { endSessions } from '../store/sessions.ts';
import type { Caller, Handlers } from './asked.ts';
import { cursorOf, readCursor } from './cursor.ts';

/** An invitation waits for somebody to read their mail; a reset is asked for by who waits. */
const INVITATION_MS = 24 * 60 * 60_000;
const RESET_MS = 60 * 60_000;

interface PeopleOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly teams: () => readonly string[];
  /** Takes up changed tokens at once. */
  readonly refresh: () => Promise<void>;
}

/** Users, and the tokens of automation. */
export function peopleHandlers({ store, clock, teams, refresh }: PeopleOptions): Handlers {
  const known = async (id: string | undefined): Promise<User> => {
    const user = id === undefined ? undefined : await findUser(store, { id });
    if (user === undefined) throw new ApiFailure('not_found', 'there is no such user');
    return user;
  };
  /** One at a time: two owners who take each other away would leave none. */
  const keepingAnOwner = (user: User, act: (store: Pick<Store, 'db'>) => Promise<void>) =>
    store.alone('owners', async (db) => {
      const isOwner = user.role === 'owner' && !user.isDisabled && user.password !== null;
      if (isOwner && (await countOwners({ db })) <= 1) {
        throw new ApiFailure('in_use', 'this is the last owner; make somebody else one first');
      }
      await act({ db });
    });
  const checkTeams = (names: readonly string[] | undefined) => {
    const unknown = names?.find((name) => !teams().includes(name));
    if (unknown === undefined) return;
    throw new ApiFailure('invalid_request', 'found a team that there is not', {
      errors: [{ path: 'body.teams', message: `expected some of: ${teams().join(', ')}` }],
    });
  };
  const invite = async (user: User, { origin }: Caller, forMs: number) => {
    const expiresAt = clock.wall() + forMs;
    const token = await createLink(store, user.id, expiresAt);
    return {
      user: told(user),
      // After the hash: no server, log or referrer sees it.
      link: `${origin}/invitation#token=${token}`,
      expiresAt: new Date(expiresAt).toISOString(),
    };
  };

  return {
    async 'GET /api/users'({ query }) {
      const { limit, cursor } = query;
      const users = await listUsers(store, readCursor(cursor), limit + 1);
      const items = users.slice(0, limit);
      const last = items.at(-1);
      const isMore = users.length > limit && last !== undefined;
      return { items: items.map(told), next: isMore ? cursorOf(last.createdAt, last.id) : null };
    },
    async 'POST /api/users'({ body, caller }) {
      checkTeams(body.teams);
      const user = await createUser(store, { ...body, password: null }, clock.wall());
      return invite(user, caller, INVITATION_MS);
    },
    'GET /api/users/{id}': async ({ params }) => told(await known(params['id'])),
    async 'PATCH /api/users/{id}'({ params, body, version }) {
      const user = await known(params['id']);
      if (String(user.version) !== version) {
        throw new ApiFailure('version_changed', 'somebody else has changed this user meanwhile');
      }
      const { disabled: isDisabled, ...change } = body;
      checkTeams(change.teams);
      const loses = isDisabled === true || (change.role ?? user.role) !== 'owner';
      const act = (to: Pick<Store, 'db'>) =>
        changeUser(to, user, { ...change, isDisabled }, clock.wall());
      await (loses ? keepingAnOwner(user, act) : act(store));
      const isOther = change.role !== undefined && change.role !== user.role;
      if (isOther || change.teams !== undefined || isDisabled === true) {
        await endSessions(store, user.id);
      }
      return told(await known(user.id));
    },
    async 'DELETE /api/users/{id}'({ params }) {
      const user = await known(params['id']);
      await keepingAnOwner(user, (db) => deleteUser(db, user.id));
      return undefined;
    },
    async 'POST /api/users/{id}/reset'({ params, caller }) {
      const user = await known(params['id']);
      await endSessions(store, user.id);
      return invite(user, caller, user.password === null ? INVITATION_MS : RESET_MS);
    },
    async 'DELETE /api/users/{id}/sessions'({ params }) {
      await endSessions(store, (await known(params['id'])).id);
      return undefined;
    },

    'GET /api/admin-tokens': async () => ({ items: (await listAdminTokens(store)).map(toldToken) }),
    async 'POST /api/admin-tokens'({ actor, body }) {
      if (actor.scopes !== null) {
        throw new ApiFailure('forbidden', 'a token that is bound to scopes makes no other tokens');
      }
      const { token, secret } = await createAdminToken(
        store,
        {
          name: body.name,
          role: body.role,
          scopes: body.scopes ?? null,
          createdBy: actor.name,
          expiresAt: typeof body.expiresAt === 'string' ? Date.parse(body.expiresAt) : null,
        },
        clock.wall(),
      );
      await refresh();
      return { token: toldToken(token), secret };
    },
    async 'DELETE /api/admin-tokens/{id}'({ params }) {
      if (!(await revokeAdminToken(store, params['id'] ?? ''))) {
        throw new ApiFailure('not_found', 'there is no such token');
      }
      await refresh();
      return undefined;
    },
  };
}

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

const told = (user: User): Answer<'GET /api/users/{id}'> => ({
  id: user.id,
  email: user.email,
  name: user.name,
  role: user.role,
  teams: [...user.teams],
  status: user.isDisabled ? 'disabled' : user.password === null ? 'invited' : 'active',
  secondFactor: user.hasSecondFactor,
  createdAt: new Date(user.createdAt).toISOString(),
  lastSeenAt: iso(user.lastSeenAt),
  version: String(user.version),
});

type TokenAnswer = Answer<'GET /api/admin-tokens'>['items'][number];

const toldToken = (token: AdminTokenListing): TokenAnswer => ({
  id: token.id,
  name: token.name,
  role: token.role,
  scopes: token.scopes === null ? null : ([...token.scopes] as TokenAnswer['scopes']),
  hint: token.hint,
  createdBy: token.createdBy,
  createdAt: new Date(token.createdAt).toISOString(),
  expiresAt: iso(token.expiresAt),
});
