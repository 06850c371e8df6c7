import type { Generated } from 'kysely';
import type { Migration } from 'kysely/migration';
import { keysAndLedger } from './migrations/0001-keys-and-ledger.ts';
import { money } from './migrations/0002-money.ts';
import { people } from './migrations/0003-people.ts';
import { revision } from './migrations/0004-revision.ts';
import { keySettings } from './migrations/0005-key-settings.ts';
import { configurations } from './migrations/0006-configurations.ts';
import { healthHistory } from './migrations/0007-health-history.ts';
import { whoAndWhere } from './migrations/0008-who-and-where.ts';
import { alerts } from './migrations/0009-alerts.ts';
import { once } from './migrations/0010-once.ts';
import { secondFactors } from './migrations/0011-second-factors.ts';
import { singleSignOn } from './migrations/0012-single-sign-on.ts';
import { captures } from './migrations/0013-captures.ts';
import { whoseAnswers } from './migrations/0014-whose-answers.ts';
import { usageSums } from './migrations/0015-usage-sums.ts';
import type { Engine, Step } from './migrations/step.ts';
import type { UsageNumber } from './usage-sums.ts';

/** The tables as they are after the last migration. Times are milliseconds since the epoch. */
export interface Tables {
  keys: KeyRow;
  admin_tokens: AdminTokenRow;
  ledger: LedgerRow;
  usage_sums: UsageSumRow;
  usage_summed: UsageSummedRow;
  state: StateRow;
  users: UserRow;
  user_links: UserLinkRow;
  sessions: SessionRow;
  audit: AuditRow;
  configurations: ConfigurationRow;
  secrets: SecretRow;
  once: OnceRow;
  captures: CaptureRow;
  revision: RevisionRow;
  verdicts: VerdictRow;
  incidents: IncidentRow;
  alerts: AlertRow;
  alert_deliveries: AlertDeliveryRow;
  authenticators: AuthenticatorRow;
  recovery_codes: RecoveryCodeRow;
  passkeys: PasskeyRow;
}

/** One row; see revision.ts. */
interface RevisionRow {
  number: number;
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
  /** JSON: what it may, in the notation of the configuration. */
  settings: Generated<string>;
  /** Of the secret before the last rotation, good until then. */
  previous_digest: Generated<string | null>;
  previous_until: Generated<number | null>;
  /** Counts changes. */
  version: Generated<number>;
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
  /** 1 while an authenticator is set up. */
  second_factor: Generated<number>;
  /** JSON: issuer and subject at the single sign-on. */
  subject: Generated<string | null>;
}

/** An app that makes codes; its secret is among the secrets. */
interface AuthenticatorRow {
  user_id: string;
  /** Of the newest code that was taken: none is taken twice. */
  last_step: number;
}

interface RecoveryCodeRow {
  /** SHA-256 of the code. */
  digest: string;
  user_id: string;
}

export interface PasskeyRow {
  /** Of the credential, in base64url. */
  id: string;
  user_id: string;
  name: string;
  /** COSE, in base64url. */
  public_key: string;
  counter: number;
  /** JSON. */
  transports: string;
  created_at: number;
  last_used_at: number | null;
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

/** One version of what was made in the console. */
export interface ConfigurationRow {
  number: number;
  /** YAML; secrets are references. */
  text: string;
  author: string;
  note: string | null;
  at: number;
}

/** What was asked and answered, redacted. */
export interface CaptureRow {
  /** Of the request. */
  id: string;
  at: number;
  key_id: string | null;
  team: string | null;
  owner: string | null;
  /** JSON as it was sent on; null: too long, or not to be read. */
  request: string | null;
  /** As its caller was told it; null as well where it was an error. */
  answer: string | null;
  /** Names of what was looked for, with commas. */
  redacted: string;
}

/** A call with an Idempotency-Key; see request/once.ts. */
export interface OnceRow {
  /** Digest of the key of the gateway and the one that the caller chose. */
  id: string;
  /** Digest of what was asked. */
  request: string;
  at: number;
  /** Null while it runs, or where it was cut off. */
  answered_at: number | null;
  /** Encrypted; null where it is not kept. */
  answer: string | null;
  /** Whose call it was; null before version 14. */
  key_id: string | null;
  team: string | null;
  owner: string | null;
}

interface SecretRow {
  name: string;
  /** Encrypted; see secrets.ts. */
  sealed: string;
}

/** How well something was from this moment on, until its next row. */
export interface VerdictRow {
  /** Ascending in the order of writing. */
  sequence: number;
  /** model · api · target */
  kind: string;
  name: string;
  at: number;
  /** pass · warn · fail · unknown */
  status: string;
  reason: string | null;
  /** Of targets. */
  state: string | null;
  /** Where the target came from, in rows that are changes of state. */
  state_before: string | null;
}

/** Routes that were not well, for one cause. */
export interface IncidentRow {
  id: string;
  /** A provider or API, or one target of it. */
  cause: string;
  /** JSON: the targets that were ill. */
  targets: string;
  /** Null until somebody gives it one. */
  title: string | null;
  /** degraded · down, the worst it was */
  severity: string;
  /** JSON: names. */
  routes: string;
  reason: string;
  started_at: number;
  ended_at: number | null;
  is_public: number;
  /** JSON: `[{"at","author","text"}]`. */
  notes: string;
  /** Counts changes by people. */
  version: number;
}

/** A rule that was true for something, from then to then. */
export interface AlertRow {
  id: string;
  rule: string;
  /** A model, a target or provider, a limit. */
  subject: string;
  message: string;
  /** warning · critical */
  severity: string;
  /** JSON: what else was true because of it, and was not told. */
  effects: string;
  started_at: number;
  ended_at: number | null;
}

/** One message to one channel. */
export interface AlertDeliveryRow {
  id: string;
  channel: string;
  /** firing · resolved · test */
  event: string;
  /** JSON: ids. */
  alerts: string;
  at: number;
  /** waiting · delivered · failed */
  state: string;
  attempts: number;
  /** When it is tried again, while it waits. */
  next_at: number | null;
  problem: string | null;
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
  /** completed · refused · failed · abandoned · interrupted (the gateway ended before the call did) */
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
  /** Who told the price: config · list · list-by-model · toy · cache (a remembered answer is free) */
  price_source: string | null;
  /** 1 where tokens were not all told by the provider. */
  is_estimated: number;
  /** Whose key it was. */
  owner: string | null;
  /** The caller's address as limits count it; null where no budget counts by address. */
  network: string | null;
  /** A path of the route table, or the name of an API. */
  route: string | null;
  /** What guardrails did, as `name;flagged`, separated by commas; null: nothing. */
  guardrails: string | null;
}

/** Rows of the ledger that are alike, summed over a span of time; see usage-sums.ts. */
export interface UsageSumRow
  extends
    Pick<
      LedgerRow,
      'key_id' | 'team' | 'owner' | 'model' | 'provider' | 'upstream_model' | 'route'
    >,
    Record<UsageNumber, number> {
  /** Length of the span. */
  step_ms: number;
  /** Its begin. */
  at: number;
  /** Of whom and what together. */
  identity: string;
}

/** One row: from when to when sums are all there is; equal where nothing is summed yet. */
interface UsageSummedRow {
  since: number;
  until: number;
}

/** Forward only; a step that has been released is never edited. */
const steps: Readonly<Record<string, Step>> = {
  '0001-keys-and-ledger': keysAndLedger,
  '0002-money': money,
  '0003-people': people,
  '0004-revision': revision,
  '0005-key-settings': keySettings,
  '0006-configurations': configurations,
  '0007-health-history': healthHistory,
  '0008-who-and-where': whoAndWhere,
  '0009-alerts': alerts,
  '0010-once': once,
  '0011-second-factors': secondFactors,
  '0012-single-sign-on': singleSignOn,
  '0013-captures': captures,
  '0014-whose-answers': whoseAnswers,
  '0015-usage-sums': usageSums,
};

export const migrationsOf = (engine: Engine): Record<string, Migration> =>
  Object.fromEntries(
    Object.entries(steps).map(([name, step]) => [name, { up: (db) => step(db, engine) }]),
  );
