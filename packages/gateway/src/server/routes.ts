import type { Operation, DialectName } from '@vitalgate/dialects';

/** What a path of the gateway listener means. The test matrix is generated from this table. */
export interface RouteEntry {
  readonly method: 'POST' | 'GET';
  readonly path: string;
  /** Undefined where a header tells OpenAI's from Anthropic's. */
  readonly dialect: DialectName | undefined;
  readonly operation: Operation;
}

const modelRoutes: readonly RouteEntry[] = [
  { method: 'POST', path: '/v1/chat/completions', dialect: 'openai-chat', operation: 'chat' },
  { method: 'POST', path: '/v1/completions', dialect: 'openai-chat', operation: 'completions' },
  { method: 'POST', path: '/v1/embeddings', dialect: 'openai-chat', operation: 'embeddings' },
  { method: 'POST', path: '/v1/messages', dialect: 'anthropic', operation: 'chat' },
  {
    method: 'POST',
    path: '/v1/messages/count_tokens',
    dialect: 'anthropic',
    operation: 'count-tokens',
  },
  { method: 'GET', path: '/v1/models', dialect: undefined, operation: 'models' },
];

/** A namespace of its own for clients that want one dialect alone. */
const namespaces: readonly (readonly [prefix: string, dialect: DialectName])[] = [
  ['/openai', 'openai-chat'],
  ['/anthropic', 'anthropic'],
];

export const routeTable: readonly RouteEntry[] = [
  ...modelRoutes,
  ...namespaces.flatMap(([prefix, dialect]) =>
    modelRoutes
      .filter((route) => route.dialect === undefined || route.dialect === dialect)
      .map((route) => ({ ...route, path: prefix + route.path, dialect })),
  ),
];

const byPath: ReadonlyMap<string, RouteEntry> = new Map(
  routeTable.map((route) => [route.path, route]),
);

/** A route and, for `/v1/models/{id}`, the id as it was written. */
export interface Routed {
  readonly entry: RouteEntry;
  readonly id: string | undefined;
}

/**
 * Finds the route of a path, compared as it was written: no spelling of a path but the canonical
 * one means anything, and nothing of it reaches a provider.
 */
export function routeOf(path: string): Routed | undefined {
  const entry = byPath.get(path);
  if (entry !== undefined) return { entry, id: undefined };
  // Model names hold slashes, as in provider/model.
  const at = path.indexOf('/v1/models/');
  if (at === -1) return undefined;
  const list = byPath.get(path.slice(0, at + '/v1/models'.length));
  const id = path.slice(at + '/v1/models/'.length);
  return list === undefined || id === '' ? undefined : { entry: list, id };
}
