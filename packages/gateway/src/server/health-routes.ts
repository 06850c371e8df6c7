/** What a path of the health of the gateway listener tells. */
export type HealthView = 'health' | 'live' | 'ready' | 'started' | 'model' | 'api' | 'why';

export interface HealthRoute {
  /** `{name}` stands for all that is left of the path. */
  readonly path: string;
  readonly view: HealthView;
}

/** Nothing else of health is served there; the matrix of its controls is generated from this. */
export const healthRoutes: readonly HealthRoute[] = [
  { path: '/health', view: 'health' },
  { path: '/health/live', view: 'live' },
  { path: '/health/ready', view: 'ready' },
  { path: '/health/started', view: 'started' },
  { path: '/livez', view: 'live' },
  { path: '/readyz', view: 'ready' },
  { path: '/startupz', view: 'started' },
  { path: '/health/models/{name}', view: 'model' },
  { path: '/health/apis/{name}', view: 'api' },
  { path: '/health/why/{name}', view: 'why' },
];

/** Those of the probes listener. */
export type ProbePath = '/livez' | '/readyz' | '/startupz' | '/metrics' | '/probe';

export const probePaths: readonly ProbePath[] = [
  '/livez',
  '/readyz',
  '/startupz',
  '/metrics',
  '/probe',
];

const NAME = '{name}';
const exact: ReadonlyMap<string, HealthView> = new Map(
  healthRoutes.flatMap(({ path, view }) => (path.endsWith(NAME) ? [] : [[path, view] as const])),
);
const named = healthRoutes.flatMap(({ path, view }) =>
  path.endsWith(NAME) ? [{ before: path.slice(0, -NAME.length), view }] : [],
);

const withoutSlash = (path: string) =>
  path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;

/** Whether a path is one of health, known or not. */
export const isHealthPath = (path: string): boolean =>
  path.startsWith('/health/') || exact.has(withoutSlash(path));

/** What a path tells, and of whom; undefined where there is nothing. The name is as it was written. */
export function healthRouteOf(
  path: string,
): { readonly view: HealthView; readonly name: string } | undefined {
  const view = exact.get(withoutSlash(path));
  if (view !== undefined) return { view, name: '' };
  const found = named.find(({ before }) => path.startsWith(before));
  return found && { view: found.view, name: withoutSlash(path).slice(found.before.length) };
}
