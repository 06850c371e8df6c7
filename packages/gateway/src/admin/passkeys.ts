import { isIP } from 'node:net';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { ApiFailure, type Answer } from '@vitalgate/contract/api';
import type { Clock } from '@vitalgate/health';
import { Challenges } from '../access/challenges.ts';
import type { SignInThrottle } from '../access/throttle.ts';
import type { Store } from '../store/database.ts';
import { findUser, type User } from '../store/people.ts';
import {
  addPasskey,
  findPasskey,
  listPasskeys,
  removePasskey,
  usePasskey,
} from '../store/second-factors.ts';
import type { Caller, Handlers } from './asked.ts';
import type { SecondFactors } from './second-factors.ts';

interface PasskeyOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly throttle: SignInThrottle;
  readonly factors: SecondFactors;
  readonly signIn: (user: User, caller: Caller) => Promise<Answer<'GET /api/session'>>;
}

interface Asked extends Readonly<Record<string, string | null>> {
  readonly challenge: string;
  /** Whose passkey is to be made; null for a sign-in. */
  readonly userId: string | null;
}

/** Loaded by whoever uses a passkey: the start and everybody else do without its certificates. */
const webauthn = () => import('@simplewebauthn/server');

/** Passkeys belong to a name (W3C WebAuthn 3, 5.1.2): there are none at a bare address. */
export const mayHavePasskeys = ({ origin }: Caller): boolean =>
  isIP(new URL(origin).hostname.replaceAll(/^\[|\]$/g, '')) === 0;

const nameOf = ({ origin }: Caller): string => new URL(origin).hostname;

const refused = () => new ApiFailure('sign_in_failed', 'this passkey is not known here');
const late = () =>
  new ApiFailure('sign_in_failed', 'this took too long, or was answered already; begin again');

/** Passkeys: made by whoever knows the password, and each enough to sign in, user verified. */
export function passkeyHandlers(options: PasskeyOptions): Handlers {
  const { store, clock, throttle, factors, signIn } = options;
  const challenges = new Challenges<Asked>(clock);
  return {
    async 'GET /api/me/passkeys'({ actor }) {
      const rows = await listPasskeys(store, actor.id);
      return {
        items: rows.map(({ id, name, created_at: created, last_used_at: used }) => ({
          id,
          name,
          createdAt: new Date(created).toISOString(),
          lastUsedAt: used === null ? null : new Date(used).toISOString(),
        })),
      };
    },
    async 'POST /api/me/passkeys/options'({ actor, body, caller }) {
      if (!mayHavePasskeys(caller)) {
        throw new ApiFailure('invalid_request', 'open the console by a name, such as localhost');
      }
      const user = await factors.confirmPassword(actor, body.password, caller);
      const known = await listPasskeys(store, user.id);
      const { generateRegistrationOptions } = await webauthn();
      const made = await generateRegistrationOptions({
        rpName: 'Vitalgate',
        rpID: nameOf(caller),
        userName: user.email,
        userDisplayName: user.name,
        userID: new Uint8Array(Buffer.from(user.id)),
        attestationType: 'none',
        excludeCredentials: known.map(({ id }) => ({ id })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      });
      const challengeId = await challenges.ask({ challenge: made.challenge, userId: user.id });
      return { challengeId, options: { ...made } };
    },
    async 'POST /api/me/passkeys'({ actor, body, caller }) {
      const asked = await challenges.find(body.challengeId);
      if (asked === undefined || asked.what.userId !== actor.id) throw late();
      const { verifyRegistrationResponse } = await webauthn();
      const { registrationInfo } = await verifyRegistrationResponse({
        response: body.response as unknown as RegistrationResponseJSON,
        expectedChallenge: asked.what.challenge,
        expectedOrigin: caller.origin,
        expectedRPID: nameOf(caller),
        requireUserVerification: true,
      }).catch(() => ({ registrationInfo: undefined }));
      if (registrationInfo === undefined) throw refused();
      if (!challenges.spend(asked.id)) throw late();
      const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
      if ((await findPasskey(store, id)) !== undefined) {
        throw new ApiFailure('already_exists', 'this passkey is known already');
      }
      await addPasskey(store, {
        id,
        user_id: actor.id,
        name: body.name,
        public_key: Buffer.from(publicKey).toString('base64url'),
        counter,
        transports: JSON.stringify(transports),
        created_at: clock.wall(),
        last_used_at: null,
      });
      return { id };
    },
    async 'DELETE /api/me/passkeys/{id}'({ actor, params }) {
      if (!(await removePasskey(store, actor.id, params['id'] ?? ''))) {
        throw new ApiFailure('not_found', 'you have no such passkey');
      }
      return undefined;
    },
    async 'POST /api/session/passkey/options'({ caller }) {
      if (!mayHavePasskeys(caller)) {
        throw new ApiFailure('invalid_request', 'open the console by a name, such as localhost');
      }
      const { generateAuthenticationOptions } = await webauthn();
      const made = await generateAuthenticationOptions({
        rpID: nameOf(caller),
        userVerification: 'required',
      });
      const challengeId = await challenges.ask({ challenge: made.challenge, userId: null });
      return { challengeId, options: { ...made } };
    },
    async 'POST /api/session/passkey'({ body, caller }) {
      throttle.begin('passkey', caller.address);
      const asked = await challenges.find(body.challengeId);
      if (asked === undefined || asked.what.userId !== null) throw late();
      const { id } = body.response;
      const row = typeof id === 'string' ? await findPasskey(store, id) : undefined;
      const user = row && (await findUser(store, { id: row.user_id }));
      if (row === undefined || user === undefined || user.isDisabled) throw refused();
      const { verifyAuthenticationResponse } = await webauthn();
      const result = await verifyAuthenticationResponse({
        response: body.response as unknown as AuthenticationResponseJSON,
        expectedChallenge: asked.what.challenge,
        expectedOrigin: caller.origin,
        expectedRPID: nameOf(caller),
        requireUserVerification: true,
        credential: {
          id: row.id,
          publicKey: new Uint8Array(Buffer.from(row.public_key, 'base64url')),
          counter: row.counter,
        },
      }).catch(() => undefined);
      if (result?.verified !== true) throw refused();
      if (!challenges.spend(asked.id)) throw late();
      throttle.succeeded('passkey', caller.address);
      const { newCounter: counter } = result.authenticationInfo;
      await usePasskey(store, row.id, { counter, now: clock.wall() });
      return signIn(user, caller);
    },
  };
}
