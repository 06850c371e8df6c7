import type { Generated, Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { people } from './migrations/people.ts';

/** The tables as they are after the last migration. Times are milliseconds since the epoch. */
export interface Tables {
  keys: KeyRow;
  admin_tokens: AdminTokenRow;
  ledger: LedgerRow;
  state: StateRow;
  users: UserRow;
  user_links: UserLinkRow;
  sessions: SessionRow;
  audit: AuditRow;
}

/** What parts of the gateway want to find again after a restart, as JSON. */
export interface StateRow {
  name: string;
  value: string;
}

export interface KeyRow {
  id: string;
  name: string;
  /** SHA-256 of the secret, in hexadecimal. */
  digest: string;
  /** First characters of the secret, so that a person can tell keys apart. */
  hint: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
}

export interface AdminTokenRow {
  digest: string;
  /** Null in rows that were made before tokens had one; their digest stands for it. */
  id: Generated<string | null>;
  name: Generated<string>;
  role: Generated<string>;
  /** JSON; null: all that the role may. */
  scopes: Generated<string | null>;
  hint: Generated<string>;
  created_by: Generated<string>;
  created_at: number;
  expires_at: Generated<number | null>;
}

/** Somebody who may sign in. */
export interface UserRow {
  id: string;
  /** Lower case. */
  email: string;
  name: string;
  /** owner · operator · viewer · member */
  role: string;
  /** JSON: names of teams. */
  teams: string;
  /** PHC string; null until the invitation is accepted. */
  password: string | null;
  disabled_at: number | null;
  created_at: number;
  last_seen_at: number | null;
  /** Counts changes. */
  version: number;
}

/** A link that sets a password, once. */
interface UserLinkRow {
  digest: string;
  user_id: string;
  expires_at: number;
}

export interface SessionRow {
  /** SHA-256 of the cookie's token. */
  digest: string;
  id: string;
  user_id: string;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
  address: string;
  user_agent: string;
}

/** What somebody did; see audit.ts for the chain. */
export interface AuditRow {
  sequence: number;
  at: number;
  /** user · token · anonymous */
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  address: string;
  /** Such as `POST /api/keys`. */
  action: string;
  subject: string;
  /** JSON; secrets are left out. */
  details: string;
  status: number;
  request_id: string;
  hash: string;
}

/** One row per request that reached a target or was refused after its key was known. */
export interface LedgerRow {
  id: string;
  at: number;
  key_id: string | null;
  model: string;
  provider: string | null;
  upstream_model: string | null;
  dialect: string;
  operation: string;
  streamed: number;
  /** HTTP status told to the caller; 0 when the caller left before one was. */
  status: number;
  /** completed · failed · abandoned · interrupted (the gateway ended before the call did) */
  outcome: string;
  /** Why it did not complete: one of our codes or an upstream reason. */
  reason: string | null;
  attempts: number;
  input_tokens: number | null;
  cached_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  /** Milliseconds until the first byte from upstream, and until the end. */
  first_ms: number | null;
  total_ms: number;
  /** Milliseconds the gateway itself took before the answer began. */
  gateway_ms: number;
  /** Every attempt as JSON: `[{"target","credential","state","reason","ms"}]`. */
  tried: string;
  team: string | null;
  cache_written_tokens: number | null;
  /** Billionths of one `currency`, over all attempts; null where nobody knows a price. */
  cost: number | null;
  currency: string | null;
  /** Who told the price: config · list · list-by-model · toy */
  price_source: string | null;
  /** 1 where tokens were not all told by the provider. */
  is_estimated: number;
}

/** Forward only; a migration that has been released is never edited. */
export const migrations: Record<string, Migration> = {
  '0001-keys-and-ledger': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('keys')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull().unique())
        .addColumn('digest', 'text', (column) => column.notNull().unique())
        .addColumn('hint', 'text', (column) => column.notNull())
        .addColumn('created_at', 'integer', (column) => column.notNull())
        .addColumn('expires_at', 'integer')
        .addColumn('revoked_at', 'integer')
        .execute();
      await db.schema
        .createTable('admin_tokens')
        .addColumn('digest', 'text', (column) => column.primaryKey())
        .addColumn('created_at', 'integer', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('ledger')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('at', 'integer', (column) => column.notNull())
        .addColumn('key_id', 'text')
        .addColumn('model', 'text', (column) => column.notNull())
        .addColumn('provider', 'text')
        .addColumn('upstream_model', 'text')
        .addColumn('dialect', 'text', (column) => column.notNull())
        .addColumn('operation', 'text', (column) => column.notNull())
        .addColumn('streamed', 'integer', (column) => column.notNull())
        .addColumn('status', 'integer', (column) => column.notNull())
        .addColumn('outcome', 'text', (column) => column.notNull())
        .addColumn('reason', 'text')
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('input_tokens', 'integer')
        .addColumn('cached_tokens', 'integer')
        .addColumn('output_tokens', 'integer')
        .addColumn('reasoning_tokens', 'integer')
        .addColumn('first_ms', 'real')
        .addColumn('total_ms', 'real', (column) => column.notNull())
        .addColumn('gateway_ms', 'real', (column) => column.notNull())
        .addColumn('tried', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('state')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('value', 'text', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('ledger_by_time').on('ledger').column('at').execute();
    },
  },
  '0002-money': {
    async up(db: Kysely<unknown>): Promise<void> {
      const ledger = () => db.schema.alterTable('ledger');
      await ledger().addColumn('team', 'text').execute();
      await ledger().addColumn('cache_written_tokens', 'integer').execute();
      await ledger().addColumn('cost', 'integer').execute();
      await ledger().addColumn('currency', 'text').execute();
      await ledger().addColumn('price_source', 'text').execute();
      await ledger()
        .addColumn('is_estimated', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
  '0003-people': { up: people },
};
