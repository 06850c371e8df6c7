import type * as z from 'zod/mini';

/**
 * Roles, from the most to the least. A member sees what belongs to its teams and nothing else; the
 * others see the whole installation.
 */
export const roles = ['owner', 'operator', 'viewer', 'member'] as const;
export type Role = (typeof roles)[number];

export const owners: readonly Role[] = ['owner'];
export const operators: readonly Role[] = ['owner', 'operator'];
/** Whoever may see the whole installation. */
export const viewers: readonly Role[] = ['owner', 'operator', 'viewer'];
/** Everybody who is signed in; a member is shown its teams' part. */
export const everyone: readonly Role[] = [...roles];
/** Those who make keys: members for their own teams. */
export const keyMakers: readonly Role[] = ['owner', 'operator', 'member'];

/** A resource, for scopes of admin tokens (`keys:read`, `keys:write`) and chapters of the OpenAPI. */
export const tags = [
  'session',
  'profile',
  'users',
  'tokens',
  'overview',
  'targets',
  'providers',
  'models',
  'apis',
  'prompts',
  'caches',
  'keys',
  'teams',
  'limits',
  'guardrails',
  'requests',
  'captures',
  'usage',
  'health',
  'status-page',
  'alerts',
  'configuration',
  'audit',
  'drills',
  'playground',
  'events',
] as const;
export type Tag = (typeof tags)[number];

/** One row of the table of the admin API; its method and path are the row's name. */
export interface Endpoint {
  readonly tag: Tag;
  readonly summary: string;
  /** Roles that may; `public`: nobody has to sign in. */
  readonly allow: readonly Role[] | 'public';
  /** Whether the audit log keeps it; changes are kept unless the row says no. */
  readonly audited?: boolean;
  readonly query?: z.core.$ZodType;
  readonly body?: z.core.$ZodType;
  /** Absent: 204, or a body of `media`. */
  readonly answer?: z.core.$ZodType;
  /** 200 unless it says otherwise; 204 without an answer. */
  readonly status?: 201 | 202 | 302;
  /** What is sent where it is not JSON. */
  readonly media?: 'text/csv' | 'text/event-stream';
  /** Changes an object that has a `version`: needs `If-Match: "VERSION"`. */
  readonly versioned?: true;
}

/** `GET /api/keys/{id}` and so on. */
export type EndpointTable = Readonly<Record<`${Method} /api/${string}`, Endpoint>>;
export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof methods)[number];

/** Method and path of a row. */
export function methodAndPath(key: string): { method: Method; path: string } {
  const space = key.indexOf(' ');
  return { method: key.slice(0, space) as Method, path: key.slice(space + 1) };
}

export const isAudited = (key: string, { audited }: Endpoint): boolean =>
  audited ?? !key.startsWith('GET ');
