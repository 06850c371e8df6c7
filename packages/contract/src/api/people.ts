import * as z from 'zod/mini';
import { configName, label, managedBy, named, page, paging, time, usd, version } from './common.ts';
import {
  everyone,
  operators,
  owners,
  roles,
  tags,
  viewers,
  type EndpointTable,
  type Tag,
} from './endpoint.ts';
import { limitRule } from './keys.ts';

const role = z.enum(roles);
const email = z.string().check(z.toLowerCase(), z.email(), z.maxLength(254));
/** NIST SP 800-63B: length counts, composition does not. */
const password = z.string().check(z.minLength(12), z.maxLength(256));
const code = z.string().check(z.maxLength(32));
const teamIds = z.array(z.string()).check(z.maxLength(100));

export const session = named(
  'Session',
  'Who is asking.',
  z.object({
    kind: z.enum(['user', 'token']),
    id: z.string(),
    name: z.string(),
    email: z.nullable(z.string()),
    role,
    teams: z.array(z.object({ id: z.string(), name: z.string() })),
    /** Scopes of an admin token; null: everything its role may. */
    scopes: z.nullable(z.array(z.string())),
    expiresAt: z.nullable(time),
    /** A second factor is set up. */
    secondFactor: z.boolean(),
  }),
);
export type Session = z.output<typeof session>;

/** Options and answers of WebAuthn, as the browser's API takes and gives them (W3C WebAuthn 3). */
const webauthn = z.record(z.string(), z.unknown());

const sessionRow = z.object({
  id: z.string(),
  current: z.boolean(),
  createdAt: time,
  lastSeenAt: time,
  expiresAt: time,
  address: z.string(),
  userAgent: z.string(),
});

export const sessionEndpoints = {
  'GET /api/setup': {
    tag: 'session',
    summary: 'Whether this installation still waits for its owner, and how to sign in.',
    allow: 'public',
    answer: z.object({
      needed: z.boolean(),
      passkeys: z.boolean(),
      /** Name of the single sign-on, if there is one; it begins at `GET /api/session/oidc`. */
      oidc: z.nullable(z.string()),
    }),
  },
  'POST /api/setup': {
    tag: 'session',
    summary: 'Makes the first owner, with the token of the set-up link, and signs in.',
    allow: 'public',
    body: z.strictObject({ token: z.string(), name: label, email, password }),
    answer: session,
    status: 201,
  },
  'GET /api/session': {
    tag: 'session',
    summary: 'Who is asking.',
    allow: everyone,
    answer: session,
  },
  'POST /api/session': {
    tag: 'session',
    summary: 'Signs in; `code` is the authenticator’s, or a recovery code.',
    allow: 'public',
    body: z.strictObject({
      email: z.string().check(z.maxLength(254)),
      password: z.string().check(z.maxLength(256)),
      code: z.optional(code),
    }),
    answer: session,
  },
  'DELETE /api/session': { tag: 'session', summary: 'Signs out.', allow: everyone },
  'GET /api/sessions': {
    tag: 'session',
    summary: 'Where you are signed in.',
    allow: everyone,
    answer: z.object({ items: z.array(sessionRow) }),
  },
  'DELETE /api/sessions': {
    tag: 'session',
    summary: 'Signs you out everywhere, here too.',
    allow: everyone,
  },
  'DELETE /api/sessions/{id}': {
    tag: 'session',
    summary: 'Ends one of your sessions.',
    allow: everyone,
  },
  'POST /api/session/passkey/options': {
    tag: 'session',
    summary: 'Begins a sign-in by passkey.',
    allow: 'public',
    audited: false,
    answer: z.object({ challengeId: z.string(), options: webauthn }),
  },
  'POST /api/session/passkey': {
    tag: 'session',
    summary: 'Signs in by passkey.',
    allow: 'public',
    body: z.strictObject({ challengeId: z.string(), response: webauthn }),
    answer: session,
  },
  'GET /api/session/oidc': {
    tag: 'session',
    summary: 'Goes to the single sign-on of the organisation.',
    allow: 'public',
    answer: z.string(),
    status: 302,
  },
  'GET /api/session/oidc/callback': {
    tag: 'session',
    summary: 'Comes back from it, signed in.',
    allow: 'public',
    audited: true,
    query: z.looseObject({ state: z.optional(z.string().check(z.maxLength(512))) }),
    answer: z.string(),
    status: 302,
  },
  'POST /api/invitations/accept': {
    tag: 'session',
    summary: 'Sets the password of an invited user, or anew with a reset link, and signs in.',
    allow: 'public',
    body: z.strictObject({ token: z.string(), name: z.optional(label), password }),
    answer: session,
  },
  'POST /api/me/password': {
    tag: 'profile',
    summary: 'Changes your password; every other session of yours ends.',
    allow: everyone,
    body: z.strictObject({ current: z.string().check(z.maxLength(256)), password }),
  },
  'POST /api/me/totp': {
    tag: 'profile',
    summary: 'Begins to set up an authenticator app.',
    allow: everyone,
    body: z.strictObject({ password: z.string().check(z.maxLength(256)) }),
    /** `uri` is an otpauth:// URI for a QR code. */
    answer: z.object({ secret: z.string(), uri: z.string() }),
  },
  'POST /api/me/totp/confirm': {
    tag: 'profile',
    summary: 'Ends it with the first code; the recovery codes are shown this once.',
    allow: everyone,
    body: z.strictObject({ code }),
    answer: z.object({ recoveryCodes: z.array(z.string()) }),
  },
  'DELETE /api/me/totp': {
    tag: 'profile',
    summary: 'Takes the authenticator away; asks for a code of it.',
    allow: everyone,
    body: z.strictObject({ code }),
  },
  'GET /api/me/passkeys': {
    tag: 'profile',
    summary: 'Your passkeys.',
    allow: everyone,
    answer: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          createdAt: time,
          lastUsedAt: z.nullable(time),
        }),
      ),
    }),
  },
  'POST /api/me/passkeys/options': {
    tag: 'profile',
    summary: 'Begins to add a passkey.',
    allow: everyone,
    audited: false,
    body: z.strictObject({ password: z.string().check(z.maxLength(256)) }),
    answer: z.object({ challengeId: z.string(), options: webauthn }),
  },
  'POST /api/me/passkeys': {
    tag: 'profile',
    summary: 'Adds the passkey that the browser has made.',
    allow: everyone,
    body: z.strictObject({ challengeId: z.string(), name: label, response: webauthn }),
    status: 201,
    answer: z.object({ id: z.string() }),
  },
  'DELETE /api/me/passkeys/{id}': {
    tag: 'profile',
    summary: 'Forgets one of your passkeys.',
    allow: everyone,
  },
} as const satisfies EndpointTable;

export const user = named(
  'User',
  'A person who may sign in.',
  z.object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role,
    teams: teamIds,
    status: z.enum(['invited', 'active', 'disabled']),
    secondFactor: z.boolean(),
    createdAt: time,
    lastSeenAt: z.nullable(time),
    version,
  }),
);
export type User = z.output<typeof user>;

/** A link that sets a password; shown once, works once, for a day at most. */
const invitation = z.object({ user, link: z.string(), expiresAt: time });

const scopes = tags.flatMap((tag) => [`${tag}:read`, `${tag}:write`]) as [
  `${Tag}:read`,
  ...`${Tag}:${'read' | 'write'}`[],
];

const adminToken = named(
  'AdminToken',
  'A token for automation; its secret is shown once.',
  z.object({
    id: z.string(),
    name: z.string(),
    role,
    scopes: z.nullable(z.array(z.enum(scopes))),
    hint: z.string(),
    createdBy: z.string(),
    createdAt: time,
    expiresAt: z.nullable(time),
  }),
);

export const userEndpoints = {
  'GET /api/users': {
    tag: 'users',
    summary: 'Everybody who may sign in.',
    allow: owners,
    query: z.strictObject(paging),
    answer: page(user),
  },
  'POST /api/users': {
    tag: 'users',
    summary: 'Invites somebody; hand them the link.',
    allow: owners,
    body: z.strictObject({ email, name: label, role, teams: z._default(teamIds, []) }),
    status: 201,
    answer: invitation,
  },
  'GET /api/users/{id}': { tag: 'users', summary: 'One user.', allow: owners, answer: user },
  'PATCH /api/users/{id}': {
    tag: 'users',
    summary: 'Changes name, role, teams, or disables; sessions end when role or state change.',
    allow: owners,
    versioned: true,
    body: z.strictObject({
      name: z.optional(label),
      role: z.optional(role),
      teams: z.optional(teamIds),
      disabled: z.optional(z.boolean()),
    }),
    answer: user,
  },
  'DELETE /api/users/{id}': {
    tag: 'users',
    summary: 'Deletes a user; what the audit log says of them stays.',
    allow: owners,
  },
  'POST /api/users/{id}/reset': {
    tag: 'users',
    summary: 'A link with which a user sets a new password; takes second factors away.',
    allow: owners,
    answer: invitation,
  },
  'DELETE /api/users/{id}/sessions': {
    tag: 'users',
    summary: 'Signs a user out everywhere.',
    allow: owners,
  },
  'GET /api/admin-tokens': {
    tag: 'tokens',
    summary: 'Admin tokens; never their secrets.',
    allow: owners,
    answer: z.object({ items: z.array(adminToken) }),
  },
  'POST /api/admin-tokens': {
    tag: 'tokens',
    summary: 'Makes an admin token; its secret is in the answer and nowhere else, ever again.',
    allow: owners,
    body: z.strictObject({
      name: label,
      role,
      scopes: z.optional(z.nullable(z.array(z.enum(scopes)).check(z.minLength(1)))),
      expiresAt: z.optional(z.nullable(time)),
    }),
    status: 201,
    answer: z.object({ token: adminToken, secret: z.string() }),
  },
  'DELETE /api/admin-tokens/{id}': {
    tag: 'tokens',
    summary: 'Revokes an admin token at once.',
    allow: owners,
  },
} as const satisfies EndpointTable;

export const team = named(
  'Team',
  'Who pays: keys and members belong to it.',
  z.object({
    /** Its name: what the configuration calls it. */
    id: z.string(),
    name: z.string(),
    managedBy,
    members: z.int(),
    keys: z.int(),
    /** This month, UTC. */
    spend: usd,
    /** Models its keys may use; null: all. */
    models: z.nullable(z.array(z.string())),
    /** What its keys may do together. */
    limits: z.array(limitRule),
    version,
  }),
);
export type Team = z.output<typeof team>;

const teamSettings = {
  models: z.optional(z.nullable(z.array(z.string().check(z.minLength(1), z.maxLength(256))))),
  limits: z.optional(z.array(limitRule).check(z.maxLength(20))),
};

export const teamEndpoints = {
  'GET /api/teams': {
    tag: 'teams',
    summary: 'Teams; a member sees its own.',
    allow: everyone,
    query: z.strictObject(paging),
    answer: page(team),
  },
  'POST /api/teams': {
    tag: 'teams',
    summary: 'Makes a team.',
    allow: operators,
    body: z.strictObject({ name: configName, ...teamSettings }),
    status: 201,
    answer: team,
  },
  'GET /api/teams/{id}': { tag: 'teams', summary: 'One team.', allow: everyone, answer: team },
  'PATCH /api/teams/{id}': {
    tag: 'teams',
    summary: 'Changes what a team may.',
    allow: operators,
    versioned: true,
    body: z.strictObject(teamSettings),
    answer: team,
  },
  'DELETE /api/teams/{id}': {
    tag: 'teams',
    summary: 'Deletes a team without keys; with keys it is `in_use`.',
    allow: operators,
  },
  'GET /api/teams/{id}/members': {
    tag: 'teams',
    summary: 'Names of a team’s members.',
    allow: viewers,
    answer: z.object({ items: z.array(z.object({ id: z.string(), name: z.string(), role })) }),
  },
} as const satisfies EndpointTable;
