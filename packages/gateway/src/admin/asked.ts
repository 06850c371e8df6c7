import type { Readable } from 'node:stream';
import type { Answer, Body, EndpointKey, Query, Role } from '@vitalgate/contract/api';

/** Who asks the admin API for something. */
export interface Actor {
  readonly kind: 'user' | 'token';
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Names; what a member may see is theirs. */
  readonly teams: readonly string[];
  /** Of a token, such as `keys:write`; null: all that the role may. */
  readonly scopes: readonly string[] | null;
  /** Of a user who has signed in. */
  readonly session: { readonly id: string; readonly expiresAt: number } | undefined;
  readonly email: string | null;
  /** Of a user with an authenticator. */
  readonly hasSecondFactor: boolean;
  /** Of a token that does not last for ever. */
  readonly expiresAt: number | null;
}

/** Where a request comes from, and the cookie that its answer may set. */
export interface Caller {
  readonly address: string;
  readonly userAgent: string;
  /** Origin of the console as the browser sees it, for links. */
  readonly origin: string;
  /** Signs the caller in with this token, or out without one. */
  setSession(token: string | undefined, maxAgeMs: number): void;
  /** The single sign-on that this browser has begun, sealed. */
  readonly signOn: string | undefined;
  /** Remembers it in the browser for the way back, or forgets it. */
  setSignOn(sealed: string | undefined): void;
  /** Who has signed in during this request, for the audit log. */
  signedInAs(actor: Pick<Actor, 'id' | 'name'>): void;
}

/** A request whose form and whose right to ask have been checked. */
export interface Asked<Key extends EndpointKey> {
  /** Undefined only where the table says `public`. */
  readonly actor: Actor;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query<Key>;
  readonly body: Body<Key>;
  /** The version that `If-Match` names; there where the table says `versioned`. */
  readonly version: string;
}

/** Of what comes as it comes, the text of its events. */
type Result<Key extends EndpointKey> = Key extends 'POST /api/playground' ? Readable : Answer<Key>;
type Handler<Key extends EndpointKey> = (asked: Asked<Key>) => Result<Key> | Promise<Result<Key>>;

/** What answers the endpoints of the table. */
export type Handlers = { readonly [Key in EndpointKey]?: Handler<Key> };
