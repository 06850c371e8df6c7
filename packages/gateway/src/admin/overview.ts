import type { Answer } from '@vitalgate/contract/api';
import { viewHealth, type ModelHealth } from '../health-view.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { countFiring } from '../store/alerts.ts';
import { countOpenIncidents } from '../store/incidents.ts';
import { recentRequests } from '../store/requests.ts';
import { version } from '../version.ts';
import type { Handlers } from './asked.ts';
import { nowOf } from './now.ts';
import { teamsOf } from './scope.ts';
import { listTargets } from './targets.ts';

type Overview = Answer<'GET /api/overview'>;

/** `GET /api/overview`: what an operator wants to know first. */
export function overviewHandlers(
  current: () => Running,
  store: Store,
  gatewayUrl: () => string,
): Handlers {
  return {
    async 'GET /api/overview'({ actor }) {
      const running = current();
      const { clock, config, keyring, lifecycle, journal } = running;
      const newest = await recentRequests(store, 1);
      const isMember = actor.role === 'member';
      return {
        ...(await nowOf(running, store, teamsOf(actor))),
        phase: lifecycle.phase,
        version: version(),
        uptime: Math.floor((clock.now() - lifecycle.startedAt) / 1000),
        at: new Date(clock.wall()).toISOString(),
        routes: routesOf(running, isMember),
        // Which providers stand behind a model is not a member's to know.
        targets: isMember ? [] : listTargets(running),
        ledgerRowsLost: journal.lost,
        configProblem: isMember ? null : (lifecycle.configProblem ?? null),
        openIncidents: isMember ? 0 : await countOpenIncidents(store),
        firingAlerts: isMember ? 0 : await countFiring(store),
        setUp: {
          hasOwnProvider: config.providers.some(({ dialect }) => dialect !== 'simulator'),
          hasModel: config.models.length > 0,
          hasKey: keyring.size > 0,
          hasFirstCall: newest.length > 0,
        },
        gatewayUrl: gatewayUrl(),
      };
    },
  };
}

function routesOf(running: Running, isMember: boolean): Overview['routes'] {
  const { routes, apis } = running;
  const { models, apis: apiHealth } = viewHealth(running);
  const told = (
    kind: 'model' | 'api',
    [name, { status, critical, reason }]: readonly [string, ModelHealth],
    targets: readonly { readonly id: string }[] = [],
  ): Overview['routes'][number] => ({
    name,
    kind,
    status,
    critical,
    reason: isMember ? null : (reason ?? null),
    targets: isMember ? [] : targets.map(({ id }) => id),
  });
  return [
    ...[...models].map((one) => told('model', one, routes.get(one[0])?.targets)),
    ...[...apiHealth].map((one) => told('api', one, apis.get(one[0])?.targets)),
  ];
}
