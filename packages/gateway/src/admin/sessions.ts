import { ApiFailure, type Answer } from '@vitalgate/contract/api';
import type { Clock } from '@vitalgate/health';
import { checkNewPassword, hashPassword, isPassword } from '../access/passwords.ts';
import type { SignInThrottle } from '../access/throttle.ts';
import type { SetUp } from '../access/set-up.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import type { SecretStore } from '../store/secrets.ts';
import {
  changeUser,
  createUser,
  findLink,
  findUser,
  hasUsers,
  redeemLink,
  type User,
} from '../store/people.ts';
import {
  endSessions,
  findSession,
  listSessions,
  startSession,
  sweepSessions,
} from '../store/sessions.ts';
import type { Actor, Caller, Handlers } from './asked.ts';
import { mayHavePasskeys, passkeyHandlers } from './passkeys.ts';
import { oidcHandlers } from './oidc.ts';
import { SecondFactors } from './second-factors.ts';

/** OWASP ASVS 7.3: a session ends when nobody used it for a while, and in any case. */
export interface SessionTimes {
  readonly idleMs: number;
  readonly maxMs: number;
}

interface SessionOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly times: () => SessionTimes;
  /** Undefined when there is an owner already. */
  readonly setUp: SetUp | undefined;
  readonly vault: SecretStore;
  readonly current: () => Running;
  readonly throttle: SignInThrottle;
  /** An owner's admin token makes the first user as the link does. */
  readonly isOwnerToken: (secret: string) => boolean;
}

/** The user behind a session's token. */
export async function actorOfSession(
  { store, clock, times }: Pick<SessionOptions, 'store' | 'clock' | 'times'>,
  token: string,
): Promise<Actor | undefined> {
  const session = await findSession(store, token, clock.wall(), times().idleMs);
  if (session === undefined) return undefined;
  const user = await findUser(store, { id: session.user_id });
  if (user === undefined || user.isDisabled) return undefined;
  return { ...actorOf(user), session: { id: session.id, expiresAt: session.expires_at } };
}

const actorOf = ({ id, name, role, teams, email, hasSecondFactor }: User): Actor => ({
  kind: 'user',
  id,
  name,
  role,
  teams,
  email,
  scopes: null,
  session: undefined,
  expiresAt: null,
  hasSecondFactor,
});

const sessionOf = (actor: Actor, expiresAt: number | null): Answer<'GET /api/session'> => ({
  kind: actor.kind,
  id: actor.id,
  name: actor.name,
  email: actor.email,
  role: actor.role,
  teams: actor.teams.map((name) => ({ id: name, name })),
  scopes: actor.scopes === null ? null : [...actor.scopes],
  expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  secondFactor: actor.hasSecondFactor,
});

const linkInvalid = () => new ApiFailure('link_invalid', 'this link has been used or has expired');

/** Set-up, signing in and out, and where one is signed in. */
export function sessionHandlers(options: SessionOptions): Handlers {
  const { store, clock, times, setUp, isOwnerToken, vault, current, throttle } = options;
  const singleSignOn = () => current().config.console.oidc?.name ?? null;
  const factors = new SecondFactors({ store, vault, clock, throttle });

  /** Every way of signing in ends here: a new session each time, old links swept away. */
  const signIn = async (user: User, caller: Caller) => {
    const now = clock.wall();
    const { idleMs, maxMs } = times();
    if (current().steadyWall.isSteady) await sweepSessions(store, now, idleMs);
    const token = await startSession(store, user.id, caller, now, now + maxMs);
    caller.setSession(token, maxMs);
    caller.signedInAs(user);
    return sessionOf(actorOf(user), now + maxMs);
  };

  return {
    ...factors.handlers,
    ...oidcHandlers({ store, current, throttle, signIn }),
    ...passkeyHandlers({ store, clock, throttle, factors, signIn }),
    async 'GET /api/setup'({ caller }) {
      const needed = !(await hasUsers(store));
      return { needed, passkeys: mayHavePasskeys(caller), oidc: singleSignOn() };
    },
    async 'POST /api/setup'({ body, caller }) {
      const { token, email, name, password } = body;
      throttle.begin('set-up', caller.address);
      checkNewPassword(password, email);
      if (await hasUsers(store)) throw new ApiFailure('link_invalid', 'there is an owner already');
      if (setUp?.redeem(token) !== true && !isOwnerToken(token)) {
        throw new ApiFailure(
          'link_invalid',
          'this link has been used, has expired, or is not ours; restart to get another',
        );
      }
      throttle.succeeded('set-up', caller.address);
      const hash = await hashPassword(password);
      const user = { email, name, role: 'owner', teams: [], password: hash } as const;
      return signIn(await createUser(store, user, clock.wall(), true), caller);
    },
    'GET /api/session': ({ actor }) =>
      sessionOf(actor, actor.session?.expiresAt ?? actor.expiresAt),
    async 'POST /api/session'({ body, caller }) {
      const email = body.email.trim().toLowerCase();
      throttle.begin(email, caller.address);
      const user = await findUser(store, { email });
      const isRight = await isPassword(body.password, user?.password ?? null);
      if (user === undefined || !isRight || user.isDisabled) {
        throw new ApiFailure('sign_in_failed', 'e-mail or password is not right');
      }
      if (user.hasSecondFactor) {
        // Not yet right: whoever has only the password goes on waiting longer and longer.
        if (body.code === undefined) {
          throw new ApiFailure('second_factor_required', 'send the code of your authenticator too');
        }
        if (!(await factors.isCode(user.id, body.code))) {
          throw new ApiFailure('sign_in_failed', 'the code is not right, or was used');
        }
      }
      throttle.succeeded(email, caller.address);
      return signIn(user, caller);
    },
    async 'DELETE /api/session'({ actor, caller }) {
      if (actor.session !== undefined) {
        await endSessions(store, actor.id, { only: actor.session.id });
      }
      caller.setSession(undefined, 0);
      return undefined;
    },
    async 'GET /api/sessions'({ actor }) {
      const rows = await listSessions(store, actor.id, clock.wall(), times().idleMs);
      return {
        items: rows.map((row) => ({
          id: row.id,
          current: row.id === actor.session?.id,
          createdAt: new Date(row.created_at).toISOString(),
          lastSeenAt: new Date(row.last_seen_at).toISOString(),
          expiresAt: new Date(row.expires_at).toISOString(),
          address: row.address,
          userAgent: row.user_agent,
        })),
      };
    },
    async 'DELETE /api/sessions'({ actor, caller }) {
      await endSessions(store, actor.id);
      caller.setSession(undefined, 0);
      return undefined;
    },
    async 'DELETE /api/sessions/{id}'({ actor, params }) {
      if ((await endSessions(store, actor.id, { only: params['id'] ?? '' })) === 0) {
        throw new ApiFailure('not_found', 'you have no such session');
      }
      return undefined;
    },
    async 'POST /api/invitations/accept'({ body, caller }) {
      throttle.begin('link', caller.address);
      const user = await findLink(store, body.token, clock.wall());
      if (user === undefined || user.isDisabled) throw linkInvalid();
      checkNewPassword(body.password, user.email);
      const password = await hashPassword(body.password);
      if (!(await redeemLink(store, body.token))) throw linkInvalid();
      throttle.succeeded('link', caller.address);
      await changeUser(store, user, { password, name: body.name }, clock.wall());
      await endSessions(store, user.id);
      if (user.hasSecondFactor) {
        // A link stands in for the password alone.
        throw new ApiFailure('second_factor_required', 'the password is set; sign in with a code');
      }
      return signIn({ ...user, name: body.name ?? user.name }, caller);
    },
    async 'POST /api/me/password'({ actor, body, caller }) {
      const user = await findUser(store, { id: actor.id });
      throttle.begin(actor.id, caller.address);
      if (user === undefined || !(await isPassword(body.current, user.password))) {
        throw new ApiFailure('sign_in_failed', 'the current password is not right');
      }
      throttle.succeeded(actor.id, caller.address);
      checkNewPassword(body.password, user.email);
      const password = await hashPassword(body.password);
      await changeUser(store, user, { password }, clock.wall());
      await endSessions(store, user.id);
      await signIn(user, caller);
      return undefined;
    },
  };
}
