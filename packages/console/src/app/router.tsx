import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { ApiError, type ApiClient } from '@vitalgate/contract/api/client';
import { read } from '../api/queries.ts';
import { readHealthSearch } from '../pages/health/search.ts';
import { readKeysSearch } from '../pages/keys/search.ts';
import { readNowSearch } from '../pages/now/search.ts';
import { readPlaygroundSearch } from '../pages/playground/search.ts';
import { readRequestsSearch } from '../pages/requests/search.ts';
import { readTargetsSearch } from '../pages/targets/search.ts';
import { readUsageSearch } from '../pages/usage/search.ts';
import { Broken, Lost, Pending } from './fallbacks.tsx';
import { SignedIn } from './signed-in.tsx';
import { chosen, numberOf, oneOf, textOf, type Search } from './search.ts';

interface Context {
  readonly client: ApiClient;
  readonly queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ notFoundComponent: Lost });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Search) =>
    chosen({
      to: textOf(search['to']),
      sso: oneOf(['expired', 'refused', 'unknown', 'failed'] as const, search['sso']),
    }),
  component: lazyRouteComponent(() => import('../pages/sign-in/sign-in.tsx'), 'SignInPage'),
});

/** All that needs a session; whoever has none is sent to sign in and brought back. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ context: { client, queries }, location }) => {
    try {
      await queries.ensureQueryData(read(client, 'GET /api/session'));
    } catch (error) {
      if (error instanceof ApiError && error.problem.status === 401) {
        throw redirect({ to: '/sign-in', search: { to: location.href } });
      }
      throw error;
    }
  },
  component: SignedIn,
});

const now = createRoute({
  getParentRoute: () => inside,
  path: '/',
  validateSearch: readNowSearch,
  component: lazyRouteComponent(() => import('../pages/now/now.tsx'), 'NowPage'),
});

const targets = createRoute({
  getParentRoute: () => inside,
  path: '/targets',
  validateSearch: readTargetsSearch,
  component: lazyRouteComponent(() => import('../pages/targets/targets.tsx'), 'TargetsPage'),
});

const target = createRoute({
  getParentRoute: () => inside,
  path: '/targets/$id',
  component: lazyRouteComponent(() => import('../pages/targets/target.tsx'), 'TargetPage'),
});

const requests = createRoute({
  getParentRoute: () => inside,
  path: '/requests',
  validateSearch: readRequestsSearch,
  component: lazyRouteComponent(() => import('../pages/requests/requests.tsx'), 'RequestsPage'),
});

const request = createRoute({
  getParentRoute: () => inside,
  path: '/requests/$id',
  component: lazyRouteComponent(() => import('../pages/requests/request.tsx'), 'RequestPage'),
});

const keys = createRoute({
  getParentRoute: () => inside,
  path: '/keys',
  validateSearch: readKeysSearch,
  component: lazyRouteComponent(() => import('../pages/keys/keys.tsx'), 'KeysPage'),
});

const teams = createRoute({
  getParentRoute: () => inside,
  path: '/teams',
  component: lazyRouteComponent(() => import('../pages/teams/teams.tsx'), 'TeamsPage'),
});

const limits = createRoute({
  getParentRoute: () => inside,
  path: '/limits',
  component: lazyRouteComponent(() => import('../pages/limits/limits.tsx'), 'LimitsPage'),
});

const me = createRoute({
  getParentRoute: () => inside,
  path: '/me',
  component: lazyRouteComponent(() => import('../pages/me/me.tsx'), 'MePage'),
});

const usage = createRoute({
  getParentRoute: () => inside,
  path: '/usage',
  validateSearch: readUsageSearch,
  component: lazyRouteComponent(() => import('../pages/usage/usage.tsx'), 'UsagePage'),
});

const health = createRoute({
  getParentRoute: () => inside,
  path: '/health',
  validateSearch: readHealthSearch,
  component: lazyRouteComponent(() => import('../pages/health/health.tsx'), 'HealthPage'),
});

const guide = createRoute({
  getParentRoute: () => inside,
  path: '/guide',
  component: lazyRouteComponent(() => import('../pages/guide/guide.tsx'), 'GuidePage'),
});

const playground = createRoute({
  getParentRoute: () => inside,
  path: '/playground',
  validateSearch: readPlaygroundSearch,
  component: lazyRouteComponent(
    () => import('../pages/playground/playground.tsx'),
    'PlaygroundPage',
  ),
});

const providers = createRoute({
  getParentRoute: () => inside,
  path: '/providers',
  component: lazyRouteComponent(() => import('../pages/providers/providers.tsx'), 'ProvidersPage'),
});

const guardrails = createRoute({
  getParentRoute: () => inside,
  path: '/guardrails',
  component: lazyRouteComponent(
    () => import('../pages/guardrails/guardrails.tsx'),
    'GuardrailsPage',
  ),
});

const prompts = createRoute({
  getParentRoute: () => inside,
  path: '/prompts',
  validateSearch: (search: Search) => chosen({ id: textOf(search['id']) }),
  component: lazyRouteComponent(() => import('../pages/prompts/prompts.tsx'), 'PromptsPage'),
});

const alerts = createRoute({
  getParentRoute: () => inside,
  path: '/alerts',
  component: lazyRouteComponent(() => import('../pages/alerts/alerts.tsx'), 'AlertsPage'),
});

const drills = createRoute({
  getParentRoute: () => inside,
  path: '/drills',
  validateSearch: (search: Search) => chosen({ id: textOf(search['id']) }),
  component: lazyRouteComponent(() => import('../pages/drills/drills.tsx'), 'DrillsPage'),
});

const configuration = createRoute({
  getParentRoute: () => inside,
  path: '/configuration',
  component: lazyRouteComponent(
    () => import('../pages/configuration/configuration.tsx'),
    'ConfigurationPage',
  ),
});

const users = createRoute({
  getParentRoute: () => inside,
  path: '/users',
  component: lazyRouteComponent(() => import('../pages/users/users.tsx'), 'UsersPage'),
});

const tokens = createRoute({
  getParentRoute: () => inside,
  path: '/tokens',
  component: lazyRouteComponent(() => import('../pages/tokens/tokens.tsx'), 'TokensPage'),
});

const audit = createRoute({
  getParentRoute: () => inside,
  path: '/audit',
  validateSearch: (search: Search) => chosen({ entry: numberOf(search['entry']) }),
  component: lazyRouteComponent(() => import('../pages/audit/audit.tsx'), 'AuditPage'),
});

const setUp = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: (search: Search) => chosen({ token: textOf(search['token']) }),
  component: lazyRouteComponent(() => import('../pages/setup/setup.tsx'), 'SetUpPage'),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyRouteComponent(() => import('../pages/setup/invitation.tsx'), 'InvitationPage'),
});

/** The whole map. */
const tree = root.addChildren([
  signIn,
  setUp,
  invitation,
  inside.addChildren([
    now,
    targets,
    target,
    requests,
    request,
    keys,
    teams,
    limits,
    me,
    usage,
    health,
    guide,
    playground,
    providers,
    prompts,
    guardrails,
    alerts,
    drills,
    configuration,
    users,
    tokens,
    audit,
  ]),
]);

export const createConsoleRouter = (context: Context) =>
  createRouter({
    routeTree: tree,
    context,
    defaultPreload: 'intent',
    // Queries know how old their answers are.
    defaultPreloadStaleTime: 0,
    defaultPendingComponent: Pending,
    defaultErrorComponent: Broken,
    scrollRestoration: true,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
