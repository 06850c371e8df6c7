import type { Answer, Body, EndpointKey, Query, Role } from '@vitalgate/contract/api';

/** Who asks the admin API for something. */
export interface Actor {
  readonly kind: 'user' | 'token';
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Ids; what a member may see is theirs. */
  readonly teams: readonly string[];
}

/** A request whose form and whose right to ask have been checked. */
export interface Asked<Key extends EndpointKey> {
  readonly actor: Actor;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query<Key>;
  readonly body: Body<Key>;
}

export type Handler<Key extends EndpointKey> = (
  asked: Asked<Key>,
) => Answer<Key> | Promise<Answer<Key>>;

/** What answers the endpoints of the table. */
export type Handlers = { readonly [Key in EndpointKey]?: Handler<Key> };
