/**
 * Answers health requests, whatever server they came in by. A request does no work: it is answered
 * from what is already known. Only the trusted may ask for a fresh look, and they are not made to
 * wait for it longer than a prober would.
 */
import { HealthError } from '../errors.ts';
import type { Health } from '../health.ts';
import { brief } from './brief.ts';
import type { Details, Format } from './format.ts';
import { formatFor } from './negotiate.ts';
import { fit, isAllowed, notAllowed, type Asked } from './method.ts';
import { refusal, ReplyCache, type Codes, type Reply } from './reply.ts';

export interface Route {
  /** A probe, a group, a check, or `health` for everything. */
  readonly view: string;
  /**
   * HTTP codes; 200, 200 and 503, or those of the format's standard, when not given. Consul reads
   * 429 as a warning, everybody else as a failure.
   */
  readonly codes?: Partial<Codes>;
  /** The name of the only format of this route; otherwise `?format=` and Accept choose. */
  readonly format?: string;
}

export interface ServeOptions {
  /** What is served where, beside `defaultRoutes`; `false` takes one of those away. */
  readonly routes?: Readonly<Record<string, Route | string | false>>;
  /** The first is the default. */
  readonly formats?: readonly Format[];
  /** How much is shown: to everybody, or by who asks. `codes` when not given. */
  readonly details?: Details | ((asked: Asked) => Details);
  /** How long a forced look may take, in milliseconds; 800, since most probers give up at 1,000. */
  readonly deadlineMs?: number;
}

/** Undefined when the path is none of ours. */
export type Handler = (asked: Asked) => Reply | undefined | Promise<Reply | undefined>;

/** Each with and without a slash at its end; groups and checks are found below `/health/`. */
export const defaultRoutes: Readonly<Record<string, string>> = {
  '/health': 'health',
  '/health/live': 'liveness',
  '/health/ready': 'readiness',
  '/health/started': 'startup',
  '/livez': 'liveness',
  '/readyz': 'readiness',
  '/startupz': 'startup',
};

/** Throws `unknown_format` for a route to a format that is not there. */
export function createHandler(health: Health, options: ServeOptions = {}): Handler {
  const { formats = [brief], details = 'codes', deadlineMs = 800 } = options;
  const routes = routesOf(options.routes ?? {}, formats);
  const isPrivate = typeof details === 'function';
  const cache = new ReplyCache(health.clock);

  const answer = (
    asked: Asked,
    path: string,
    route: Route,
    query: URLSearchParams,
  ): Reply | undefined => {
    const report = health.report(route.view);
    if (report === undefined) return undefined;
    const named = route.format ?? query.get('format');
    const format = formatFor(asked.header('accept'), named, formats);
    if (format === undefined) return refusal(406, 'not_acceptable');
    const level = isPrivate ? details(asked) : details;
    const isAsked = format.params?.some((name) => query.has(name)) === true;
    const manner = {
      format,
      details: level,
      codes: route.codes,
      isPrivate,
      ...(isAsked && { query }),
    };
    const key = `${path} ${format.name} ${level}`;
    try {
      return cache.reply(key, report, manner);
    } catch {
      // A format that cannot write a report says nothing of health, and must not end the process.
      return refusal(500, 'internal_error');
    }
  };

  return (asked) => {
    const [path = '', search = ''] = asked.url.split('?', 2);
    const route = routes(path);
    if (route === undefined) return undefined;
    if (!isAllowed(asked)) return notAllowed;
    const query = new URLSearchParams(search);
    const isForced = query.has('refresh') && isPrivate && details(asked) === 'full';
    const now = (): Reply | undefined => fit(answer(asked, path, route, query), asked);
    return isForced ? refreshed(health, deadlineMs).then(now) : now();
  };
}

function routesOf(
  given: Exclude<ServeOptions['routes'], undefined>,
  formats: readonly Format[],
): (path: string) => Route | undefined {
  const routes = new Map<string, Route>();
  for (const [path, target] of Object.entries({ ...defaultRoutes, ...given })) {
    if (target === false) continue;
    const route = typeof target === 'string' ? { view: target } : target;
    const isThere = route.format === undefined || formats.some(({ name }) => name === route.format);
    if (!isThere) throw new HealthError('unknown_format', `${path}: ${route.format}`);
    // Answered with a slash at the end, too, and never by a redirect: probers do not follow them.
    routes.set(path, route).set(`${path}/`, route);
  }
  const below = routes.has('/health') ? '/health/' : undefined;
  return (path) => {
    const route = routes.get(path);
    if (route !== undefined || below === undefined || !path.startsWith(below)) return route;
    return { view: path.slice(below.length).replace(/\/$/, '') };
  };
}

/** A fresh look, or as much of it as there is time for: what is not read yet is told as it was. */
async function refreshed(health: Health, deadlineMs: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const stop = health.clock.after(deadlineMs, late.resolve);
  await Promise.race([health.refresh(), late.promise]);
  stop();
}
