import { type Answer, isAudited, type Endpoint, type EndpointKey } from '@vitalgate/contract/api';
import type { Store } from '../store/database.ts';
import { searchAudit, verifyAudit, type AuditEntry } from '../store/audit.ts';
import { readNumber } from './cursor.ts';
import type { Actor, Handlers } from './asked.ts';

/** Fields whose values nobody may read back, whatever they are part of. */
const SECRET =
  /pass|secret|value|token|code|credential|current|response|challenge|settings|^text$/i;
const MAX_DETAILS = 4096;

interface Done {
  readonly key: EndpointKey;
  readonly endpoint: Endpoint;
  readonly actor: Pick<Actor, 'id' | 'name'> & { readonly kind: string };
  readonly address: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly status: number;
  readonly requestId: string;
  readonly at: number;
}

/** What is written down of a request; undefined where the table says that nothing is. */
export function auditEntryOf(done: Done): AuditEntry | undefined {
  const { key, endpoint, actor, address, params, query, body, status, requestId, at } = done;
  if (!isAudited(key, endpoint)) return undefined;
  const details = JSON.stringify(masked({ ...(query as object), ...(body as object) }));
  return {
    at,
    actor_kind: actor.kind,
    actor_id: actor.id,
    actor_name: actor.name,
    address,
    action: key,
    subject: Object.values(params as Record<string, string>)
      .join(' ')
      .slice(0, 512),
    details: details.length > MAX_DETAILS ? '{"…":"too long to be kept"}' : details,
    status,
    request_id: requestId,
  };
}

function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      SECRET.test(name) && one !== null && one !== undefined ? '(not kept)' : masked(one),
    ]),
  );
}

/** The audit log, read and verified. */
export function auditHandlers(store: Store): Handlers {
  return {
    async 'GET /api/audit'({ query }) {
      const { limit, cursor, actor, action } = query;
      const before = readNumber(cursor);
      const rows = await searchAudit(store, { actor, action, before, limit: limit + 1 });
      const items = rows.slice(0, limit).map((row) => ({
        sequence: row.sequence,
        at: new Date(row.at).toISOString(),
        actor: {
          kind: row.actor_kind as Answer<'GET /api/audit'>['items'][number]['actor']['kind'],
          id: row.actor_id,
          name: row.actor_name,
        },
        address: row.address,
        action: row.action,
        subject: row.subject,
        details: JSON.parse(row.details) as Record<string, unknown>,
        status: row.status,
        requestId: row.request_id,
        hash: row.hash,
      }));
      const last = items.at(-1);
      return { items, next: rows.length > limit && last ? String(last.sequence) : null };
    },
    'GET /api/audit/verify': () => verifyAudit(store),
  };
}
