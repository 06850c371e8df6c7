import type { Role } from '../endpoint.ts';
import type { Drill } from '../drills.ts';
import type { Session } from '../people.ts';
import { firstDrills } from './play-drill.ts';
import { hex, seeded } from './random.ts';
import { createWorld, type World } from './world.ts';

/** What the mock remembers. */
export interface MockState extends World {
  readonly now: () => number;
  readonly requests: number;
  readonly newId: (prefix: string) => string;
  /** Requests that came since the start. */
  arrived: number;
  session: Session | undefined;
  isNew: boolean;
  /** Newest first. */
  readonly drills: Drill[];
  configuration: { text: string; number: number };
  /** Told to whoever listens to events. */
  readonly listeners: Set<(name: string, data: unknown) => void>;
}

export function createState(
  signedIn: Role | 'nobody' | 'new',
  requests: number,
  now: () => number,
): MockState {
  const random = seeded(3);
  const world = createWorld(now());
  const isNew = signedIn === 'new';
  const state: MockState = {
    ...world,
    now,
    requests,
    newId: (prefix) => `${prefix}_${hex(10, random)}`,
    arrived: 0,
    session: undefined,
    isNew,
    drills: firstDrills(now()),
    configuration: {
      text: 'providers:\n  - name: local\n    dialect: ollama\n    baseUrl: http://127.0.0.1:11434\n    private: true\n',
      number: 4,
    },
    listeners: new Set(),
  };
  if (signedIn !== 'nobody' && signedIn !== 'new') state.session = sessionOf(state, signedIn);
  return state;
}

export function sessionOf(state: MockState, role: Role): Session {
  const user = state.users.find((one) => one.role === role);
  const teams = state.teams.filter(({ id }) => user?.teams.includes(id));
  return {
    kind: 'user',
    id: user?.id ?? 'user_1',
    name: user?.name ?? role,
    email: user?.email ?? `${role}@example.com`,
    role,
    teams: teams.map(({ id, name }) => ({ id, name })),
    scopes: null,
    expiresAt: new Date(state.now() + 12 * 3_600_000).toISOString(),
    secondFactor: user?.secondFactor ?? false,
  };
}
