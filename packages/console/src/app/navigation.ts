import {
  IconActivityHeartbeat,
  IconGauge,
  IconKey,
  IconListDetails,
  IconTargetArrow,
  IconUsersGroup,
} from '@tabler/icons-react';
import type { Role } from '@vitalgate/contract/api/client';

const whole: readonly Role[] = ['owner', 'operator', 'viewer'];
const all: readonly Role[] = ['owner', 'operator', 'viewer', 'member'];

/** Every page one can go to, in the order of the menu; the palette and the menu are made from it. */
export const navigation = [
  {
    group: 'see',
    pages: [
      { name: 'now', to: '/', icon: IconActivityHeartbeat, allow: all },
      { name: 'targets', to: '/targets', icon: IconTargetArrow, allow: whole },
      { name: 'requests', to: '/requests', icon: IconListDetails, allow: all },
    ],
  },
  {
    group: 'use',
    pages: [
      { name: 'keys', to: '/keys', icon: IconKey, allow: all },
      { name: 'teams', to: '/teams', icon: IconUsersGroup, allow: all },
      { name: 'limits', to: '/limits', icon: IconGauge, allow: all },
    ],
  },
] as const;

export const mayOpen = (allow: readonly Role[], role: Role): boolean => allow.includes(role);
