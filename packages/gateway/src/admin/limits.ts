import type { Answer } from '@vitalgate/contract/api';
import { Budget } from '../access/limits/budget.ts';
import type { Limit, Moment } from '../access/limits/limit.ts';
import { NANOS_PER_DOLLAR } from '../access/limits/rules.ts';
import type { Running } from '../running.ts';
import { readNumber } from './cursor.ts';
import type { Handlers } from './asked.ts';
import { durationText } from './limit-text.ts';
import { teamsOf } from './scope.ts';

type LimitAnswer = Answer<'GET /api/limits'>['items'][number];

/** Before this share of a period is over, its pace says too little. */
const EARLY = 0.03;

/** `GET /api/limits`: what is used of every limit that is not by address or the like. */
export function limitHandlers(current: () => Running): Handlers {
  return {
    'GET /api/limits'({ actor, query }) {
      const running = current();
      const states = limitStates(running, teamsOf(actor)).filter(
        ({ scope }) =>
          (query.key === undefined || (scope.kind === 'key' && scope.id === query.key)) &&
          (query.team === undefined || (scope.kind === 'team' && scope.id === query.team)),
      );
      states.sort((a, b) => b.used / b.limit - a.used / a.limit);
      const from = readNumber(query.cursor) ?? 0;
      const next = from + query.limit;
      return {
        items: states.slice(from, next),
        next: next < states.length ? String(next) : null,
      };
    },
  };
}

/**
 * What is used of every limit.
 *
 * @param teams whose limits, and no others; undefined: all there are
 */
export function limitStates(running: Running, teams: readonly string[] | undefined): LimitAnswer[] {
  const { keyring, limits, config, clock } = running;
  const at = { now: clock.now(), wall: clock.wall() };
  const isSeen = (team: string | undefined) =>
    teams === undefined || (team !== undefined && teams.includes(team));
  const found = new Map<string, LimitAnswer>();
  const add = (limit: Limit, scope: LimitAnswer['scope']) => {
    const [kind = ''] = limit.id.split(':', 1);
    const isOwn = kind === (scope.kind === 'gateway' ? 'all' : scope.kind);
    if (isOwn && !limit.id.includes('/key:') && !limit.id.includes('/address:')) {
      found.set(limit.id, stateOf(limit, scope, at));
    }
  };
  const nobody = { key: undefined, team: undefined, model: undefined, address: '', route: '' };
  for (const key of keyring.all) {
    if (!isSeen(key.team)) continue;
    const { id, name } = key;
    for (const limit of limits.of({ ...nobody, key }, key)) add(limit, { kind: 'key', id, name });
  }
  for (const { name } of config.teams) {
    if (!isSeen(name)) continue;
    for (const limit of limits.of({ ...nobody, team: name }, undefined)) {
      add(limit, { kind: 'team', id: name, name });
    }
  }
  if (teams !== undefined) return [...found.values()];
  for (const { name } of config.models) {
    for (const limit of limits.of({ ...nobody, model: name }, undefined)) {
      add(limit, { kind: 'model', id: name, name });
    }
  }
  for (const limit of limits.of(nobody, undefined)) {
    add(limit, { kind: 'gateway', id: '', name: 'all callers together' });
  }
  return [...found.values()];
}

function stateOf(limit: Limit, scope: LimitAnswer['scope'], at: Moment): LimitAnswer {
  const scale = limit.kind === 'cost' ? NANOS_PER_DOLLAR : 1;
  const quota = limit.quota / scale;
  const common = { scope, measure: limit.kind, limit: quota };
  if (!(limit instanceof Budget)) {
    const used = Math.max(0, quota - limit.left(at) / scale);
    const per = limit.windowMs === undefined ? null : durationText(limit.windowMs);
    return { ...common, used, per, resetsAt: null, forecast: null };
  }
  const used = limit.usedAt(at) / scale;
  const start = limit.startAt(at);
  const end = at.wall + limit.endsIn(at);
  const over = (at.wall - start) / (end - start);
  const pace = used / Math.max(at.wall - start, 1);
  const exhausted = pace > 0 ? start + quota / pace : Number.POSITIVE_INFINITY;
  return {
    ...common,
    used,
    per: typeof limit.period === 'string' ? limit.period : durationText(limit.period),
    resetsAt: new Date(end).toISOString(),
    forecast:
      over < EARLY
        ? null
        : {
            atReset: used / over,
            exhaustedAt:
              exhausted < end ? new Date(Math.max(exhausted, at.wall)).toISOString() : null,
          },
  };
}
