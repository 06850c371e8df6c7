import type { Answer } from '@vitalgate/contract/api';
import { viewHealth } from '../health-view.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { listKeys } from '../store/keys.ts';
import { recentRequests, trafficSince } from '../store/requests.ts';
import { version } from '../version.ts';
import type { Handlers } from './asked.ts';
import { listTargets } from './targets.ts';

const RECENT_MS = 5 * 60_000;
const DAY_MS = 86_400_000;

/** `GET /api/overview`: what an operator wants to know first. */
export function overviewHandlers(
  current: () => Running,
  store: Store,
  gatewayUrl: () => string,
): Handlers {
  return {
    async 'GET /api/overview'() {
      const running = current();
      const { clock, config, lifecycle, journal } = running;
      const view = viewHealth(running);
      const now = clock.wall();
      const [traffic, today, newest, keys] = await Promise.all([
        trafficSince(store, now - RECENT_MS),
        trafficSince(store, now - (now % DAY_MS)),
        recentRequests(store, 1),
        listKeys(store),
      ]);
      return {
        status: view.status,
        reasons: [...view.reasons],
        phase: lifecycle.phase,
        version: version(),
        uptime: Math.floor(view.uptimeSeconds),
        at: new Date(now).toISOString(),
        routes: routesOf(running, view),
        targets: listTargets(running),
        inFlight: lifecycle.inFlight,
        traffic: {
          ...traffic,
          perSecond: traffic.requests / (RECENT_MS / 1000),
          errorRatio: traffic.requests === 0 ? 0 : traffic.failed / traffic.requests,
        },
        today,
        ledgerRowsLost: journal.lost,
        configProblem: lifecycle.configProblem ?? null,
        openIncidents: 0,
        firingAlerts: 0,
        setUp: {
          hasOwnProvider: config.providers.some(({ dialect }) => dialect !== 'simulator'),
          hasModel: config.models.length > 0,
          hasKey: config.keys.length + keys.length > 0,
          hasFirstCall: newest.length > 0,
        },
        gatewayUrl: gatewayUrl(),
      };
    },
  };
}

function routesOf(
  { routes }: Running,
  view: ReturnType<typeof viewHealth>,
): Answer<'GET /api/overview'>['routes'] {
  return [...view.models].map(([name, { status, critical, reason }]) => ({
    name,
    kind: 'model',
    status,
    critical,
    reason: reason ?? null,
    targets: routes.get(name)?.targets.map(({ id }) => id) ?? [],
  }));
}
