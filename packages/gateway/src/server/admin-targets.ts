import type { FastifyInstance } from 'fastify';
import type { Running } from '../running.ts';

/** Every target with its state, what it is doing, and what rests of its provider's credentials. */
export function listTargets(running: Running): object[] {
  const { tracker, routes, clock } = running;
  const health = tracker.snapshot();
  const now = clock.now();
  const targets = new Map(
    [...routes.values()].flatMap((route) => route.targets).map((target) => [target.id, target]),
  );
  return [...targets.values()].map(({ id, provider, model, load, price }) => {
    const one = health.get(id);
    return {
      id,
      state: one?.state ?? 'serving',
      status: one?.status ?? 'unknown',
      since: one === undefined ? null : new Date(one.since).toISOString(),
      reason: one?.reason ?? null,
      share: one?.share ?? 1,
      restMs: one?.restUntil === undefined ? null : Math.max(0, Math.round(one.restUntil - now)),
      inFlight: load.inFlight,
      latencyMs: load.latencyMs === undefined ? null : Math.round(load.latencyMs),
      retired: load.isRetired(now),
      doubtful: load.features.doubtful(now),
      price: price ?? null,
      restingCredentials: provider.credentials.resting(now),
      blocked: provider.credentials.blocked(model, now) ?? null,
    };
  });
}

/** What an operator's hand can do to a target. */
const actions = {
  rest: (running: Running, id: string) => running.tracker.rest(id),
  serve: (running: Running, id: string) => running.tracker.serve(id),
  drain: (running: Running, id: string) => running.tracker.drain(id),
  reset: (running: Running, id: string) => running.tracker.reset(id),
} as const;

const isAction = (name: string): name is keyof typeof actions => Object.hasOwn(actions, name);

/** `GET /api/targets`, `GET /api/targets/why/{id}`, `POST /api/targets/{action}/{id}`. */
export function addTargets(server: FastifyInstance, current: () => Running): void {
  server.get('/api/targets', async () => ({ targets: listTargets(current()) }));

  // Ids hold a slash, so they come last and take the rest of the path.
  server.get<{ Params: { '*': string } }>('/api/targets/why/*', async (request, reply) => {
    const why = current().tracker.why(request.params['*']);
    return why ?? reply.callNotFound();
  });

  server.post<{ Params: { action: string; '*': string } }>(
    '/api/targets/:action/*',
    async (request, reply) => {
      const { action, '*': id } = request.params;
      const running = current();
      if (!isAction(action) || !running.tracker.snapshot().has(id)) return reply.callNotFound();
      actions[action](running, id);
      running.log.warn({ target: id, action }, 'an operator changed a target');
      return { target: id, action, state: running.tracker.snapshot().get(id)?.state };
    },
  );
}
