import {
  IconActivityHeartbeat,
  IconAdjustmentsBolt,
  IconBell,
  IconChartBar,
  IconGauge,
  IconHeartRateMonitor,
  IconHistory,
  IconKey,
  IconListDetails,
  IconMessageCode,
  IconPlug,
  IconRocket,
  IconRobot,
  IconShieldCheck,
  IconTargetArrow,
  IconTemplate,
  IconTestPipe,
  IconUsers,
  IconUsersGroup,
} from '@tabler/icons-react';
import type { EndpointKey, Role } from '@vitalgate/contract/api/client';

const whole: readonly Role[] = ['owner', 'operator', 'viewer'];
const all: readonly Role[] = ['owner', 'operator', 'viewer', 'member'];

interface PageLink {
  readonly allow: readonly Role[];
  /** The endpoint without which there would be nothing to show. */
  readonly needs: EndpointKey;
}

/** Every page one can go to, in the order of the menu; the palette and the menu are made from it. */
export const navigation = [
  {
    group: 'see',
    pages: [
      { name: 'now', needs: 'GET /api/overview', to: '/', icon: IconActivityHeartbeat, allow: all },
      {
        name: 'targets',
        needs: 'GET /api/targets',
        to: '/targets',
        icon: IconTargetArrow,
        allow: whole,
      },
      {
        name: 'requests',
        needs: 'GET /api/requests',
        to: '/requests',
        icon: IconListDetails,
        allow: all,
      },
      { name: 'usage', needs: 'GET /api/usage', to: '/usage', icon: IconChartBar, allow: all },
      {
        name: 'health',
        needs: 'GET /api/health/uptime',
        to: '/health',
        icon: IconHeartRateMonitor,
        allow: whole,
      },
    ],
  },
  {
    group: 'use',
    pages: [
      { name: 'guide', needs: 'POST /api/keys', to: '/guide', icon: IconRocket, allow: whole },
      {
        name: 'playground',
        needs: 'POST /api/playground',
        to: '/playground',
        icon: IconMessageCode,
        allow: all,
      },
      {
        name: 'prompts',
        needs: 'GET /api/prompts',
        to: '/prompts',
        icon: IconTemplate,
        allow: whole,
      },
      { name: 'keys', needs: 'GET /api/keys', to: '/keys', icon: IconKey, allow: all },
      { name: 'teams', needs: 'GET /api/teams', to: '/teams', icon: IconUsersGroup, allow: all },
      { name: 'limits', needs: 'GET /api/limits', to: '/limits', icon: IconGauge, allow: all },
    ],
  },
  {
    group: 'steer',
    pages: [
      {
        name: 'providers',
        needs: 'GET /api/providers',
        to: '/providers',
        icon: IconPlug,
        allow: whole,
      },
      {
        name: 'guardrails',
        needs: 'GET /api/guardrails',
        to: '/guardrails',
        icon: IconShieldCheck,
        allow: whole,
      },
      { name: 'alerts', needs: 'GET /api/alerts', to: '/alerts', icon: IconBell, allow: whole },
      { name: 'drills', needs: 'GET /api/drills', to: '/drills', icon: IconTestPipe, allow: whole },
      {
        name: 'configuration',
        needs: 'GET /api/configuration',
        to: '/configuration',
        icon: IconAdjustmentsBolt,
        allow: whole,
      },
    ],
  },
  {
    group: 'administer',
    pages: [
      { name: 'users', needs: 'GET /api/users', to: '/users', icon: IconUsers, allow: ['owner'] },
      {
        name: 'tokens',
        needs: 'GET /api/admin-tokens',
        to: '/tokens',
        icon: IconRobot,
        allow: ['owner'],
      },
      { name: 'audit', needs: 'GET /api/audit', to: '/audit', icon: IconHistory, allow: ['owner'] },
    ],
  },
] as const;

/** Whether a role may see a page, and this gateway has what it shows. */
export const mayOpen = (
  { allow, needs }: PageLink,
  role: Role,
  served: ReadonlySet<string> | undefined,
): boolean => allow.includes(role) && served?.has(needs) !== false;
