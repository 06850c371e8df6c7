import type { Overview } from '../overview.ts';
import type { MockState } from './state.ts';
import { trafficAt } from './world.ts';

/** The overview, from the targets as they are. */
export function overviewOf(state: MockState): Overview {
  const now = state.now();
  const routes = state.models.map(({ name, critical, targets }): Overview['routes'][number] => {
    const states = targets.map(({ id }) => state.targets.find((one) => one.id === id)?.status);
    const ways = states.filter((status) => status !== 'fail').length;
    const status = ways === 0 ? 'fail' : states.every((one) => one === 'pass') ? 'pass' : 'warn';
    return {
      name,
      kind: 'model',
      status,
      critical,
      reason: status === 'pass' ? null : 'http_529',
      targets: targets.map(({ id }) => id),
    };
  });
  const isWell = routes.every(({ status }) => status === 'pass');
  const { at: _at, ...traffic } = trafficAt(now, 300_000);
  const { at: _midnight, ...day } = trafficAt(now - (now % 86_400_000), 86_400_000);
  return {
    status: isWell ? 'pass' : 'warn',
    reasons: isWell ? [] : ['targets_impaired'],
    phase: 'serving',
    version: '0.1.0',
    uptime: 86_400 * 3,
    at: new Date(now).toISOString(),
    routes: [
      ...routes,
      ...state.apis.map(({ name, status, upstreams }) => ({
        name,
        kind: 'api' as const,
        status,
        critical: false,
        reason: null,
        targets: upstreams.map(({ url }) => url),
      })),
    ],
    targets: state.targets,
    inFlight: state.targets.reduce((sum, { inFlight }) => sum + inFlight, 0),
    traffic: {
      ...traffic,
      perSecond: traffic.requests / 300,
      errorRatio: traffic.failed / Math.max(traffic.requests - traffic.refused, 1),
    },
    today: day,
    ledgerRowsLost: 0,
    configProblem: null,
    openIncidents: state.incidents.filter(({ endedAt }) => endedAt === null).length,
    firingAlerts: 0,
    setUp: { hasOwnProvider: true, hasModel: true, hasKey: true, hasFirstCall: true },
    gatewayUrl: 'http://127.0.0.1:8080',
  };
}
