import type { Actor } from './asked.ts';

/** The teams whose part somebody sees; undefined: all there is. */
export const teamsOf = (actor: Actor): readonly string[] | undefined =>
  actor.role === 'member' ? actor.teams : undefined;

/** Whether somebody sees what belongs to this team, or to none. */
export const seesTeam = (actor: Actor, team: string | null | undefined): boolean =>
  actor.role !== 'member' || (typeof team === 'string' && actor.teams.includes(team));
