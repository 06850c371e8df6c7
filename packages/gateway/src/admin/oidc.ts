import type { OidcConfig } from '@vitalgate/contract';
import { ApiFailure, type Answer } from '@vitalgate/contract/api';
import type * as Oidc from 'openid-client';
import { Challenges } from '../access/challenges.ts';
import type { SignInThrottle } from '../access/throttle.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { createUser, findUser, linkSubject, type User } from '../store/people.ts';
import { doorFetch } from '../upstream/door-fetch.ts';
import type { Caller, Handlers } from './asked.ts';

interface OidcOptions {
  readonly store: Store;
  readonly current: () => Running;
  readonly throttle: SignInThrottle;
  readonly signIn: (user: User, caller: Caller) => Promise<Answer<'GET /api/session'>>;
}

/** What was sent along to the provider, and has to come back from it. */
type Begun = Readonly<Record<'issuer' | 'state' | 'nonce' | 'verifier', string>>;

const CALLBACK = '/api/session/oidc/callback';

/** Where a browser is led to when it did not work; the page says why, in words of its own. */
const back = (why: 'expired' | 'refused' | 'unknown' | 'failed') => `/sign-in?sso=${why}`;

/** Loaded where there is single sign-on at all. */
const library = () => import('openid-client');

/** Single sign-on: authorization code with PKCE, state bound to the browser, and a nonce. */
export function oidcHandlers({ store, current, throttle, signIn }: OidcOptions): Handlers {
  const challenges = new Challenges<Begun>(current().clock);
  let known: { of: OidcConfig; found: Promise<Oidc.Configuration> } | undefined;

  const providerOf = (config: OidcConfig): Promise<Oidc.Configuration> => {
    if (known?.of === config) return known.found;
    const found = discover(config, current());
    known = { of: config, found };
    // A provider that did not answer is asked again.
    found.catch(() => (known = undefined));
    return found;
  };
  const configured = (): OidcConfig => {
    const { oidc } = current().config.console;
    if (oidc === undefined) throw new ApiFailure('not_found', 'there is no single sign-on here');
    return oidc;
  };

  return {
    async 'GET /api/session/oidc'({ caller }) {
      const config = configured();
      try {
        const provider = await providerOf(config);
        const client = await library();
        const verifier = client.randomPKCECodeVerifier();
        const nonce = client.randomNonce();
        const state = client.randomState();
        const issuer = config.issuer.href;
        caller.setSignOn(await challenges.ask({ issuer, state, nonce, verifier }));
        return client.buildAuthorizationUrl(provider, {
          redirect_uri: caller.origin + CALLBACK,
          scope: 'openid email profile',
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          state,
          nonce,
        }).href;
      } catch (error) {
        current().log.warn({ err: error }, 'the single sign-on cannot be reached');
        return back('failed');
      }
    },
    async 'GET /api/session/oidc/callback'({ query, caller }) {
      const config = configured();
      const begun = caller.signOn === undefined ? undefined : await challenges.find(caller.signOn);
      caller.setSignOn(undefined);
      // Of this browser and no other: nobody can sign somebody in as themselves.
      if (begun === undefined || query.state !== begun.what.state) return back('expired');
      const { issuer, state, nonce, verifier } = begun.what;
      // A code goes to the provider that it was asked of (RFC 9207), and no other of meanwhile.
      if (issuer !== config.issuer.href) return back('expired');
      if (query['error'] !== undefined) {
        current().log.info({ error: query['error'] }, 'the single sign-on refused somebody');
        return back('refused');
      }
      // Each code that is tried is a question to the provider.
      throttle.begin('oidc', caller.address);
      try {
        const provider = await providerOf(config);
        const client = await library();
        const url = new URL(caller.origin + CALLBACK);
        for (const [name, value] of Object.entries(query)) {
          if (typeof value === 'string') url.searchParams.set(name, value);
        }
        const tokens = await client.authorizationCodeGrant(provider, url, {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined || !challenges.spend(begun.id)) return back('expired');
        const told = await client.fetchUserInfo(provider, tokens.access_token, claims.sub);
        const user = await userOf({ ...claims, ...told }, config, store, current().clock.wall());
        if (user === undefined || user.isDisabled) {
          current().log.warn('single sign-on: nobody has invited this person');
          return back('unknown');
        }
        throttle.succeeded('oidc', caller.address);
        await signIn(user, caller);
        return '/';
      } catch (error) {
        current().log.warn({ err: error }, 'a single sign-on has failed');
        return back('failed');
      }
    },
  };
}

async function discover(config: OidcConfig, running: Running): Promise<Oidc.Configuration> {
  const client = await library();
  const { issuer, clientId, clientSecret, private: mayBePrivate } = config;
  return client.discovery(issuer, clientId, clientSecret, undefined, {
    [client.customFetch]: doorFetch(running, mayBePrivate),
    execute: mayBePrivate && issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [],
  });
}

interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
}

/** By who they are there; the first time by their e-mail, if the provider has verified it. */
async function userOf(
  { iss, sub, email, email_verified: isVerified, name }: Claims,
  { role }: OidcConfig,
  store: Store,
  now: number,
): Promise<User | undefined> {
  const subject = JSON.stringify([iss, sub]);
  const known = await findUser(store, { subject });
  if (known !== undefined) return known;
  if (email === undefined || isVerified !== true) return undefined;
  const address = email.toLowerCase();
  const invited = await findUser(store, { email: address });
  // Somebody else of the same address, linked before, stays who they are.
  if (invited?.isLinked === true) return undefined;
  const user =
    invited ??
    (role === undefined
      ? undefined
      : await createUser(
          store,
          { email: address, name: name ?? address, role, teams: [], password: null },
          now,
        ));
  if (user !== undefined) await linkSubject(store, user.id, subject);
  return user;
}
