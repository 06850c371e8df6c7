import * as z from 'zod/mini';
import { count, ms, named, share, time } from './common.ts';
import { operators, viewers, type EndpointTable } from './endpoint.ts';

const scenario = z.object({ name: z.string(), title: z.string(), description: z.string() });

export const drill = named(
  'Drill',
  'Simulated providers broken on purpose, and how this configuration took it.',
  z.object({
    id: z.string(),
    startedAt: time,
    endedAt: z.nullable(time),
    state: z.enum(['running', 'finished', 'cancelled', 'failed']),
    progress: share,
    results: z.array(
      z.object({
        scenario: z.string(),
        title: z.string(),
        state: z.enum(['waiting', 'running', 'passed', 'failed']),
        requests: count,
        served: count,
        /** Callers who were told that it failed. */
        told: count,
        /** Callers who were handed something broken as if it were whole: never one. */
        lied: count,
        slowestMs: z.nullable(ms),
        /** What callers saw, each kind once. */
        words: z.string(),
      }),
    ),
    problem: z.nullable(z.string()),
  }),
);

export type Drill = z.output<typeof drill>;

/** A drill that is about to begin: nothing of it has been played. */
export const newDrill = (
  id: string,
  startedAt: string,
  scenarios: readonly z.output<typeof scenario>[],
): Drill => ({
  id,
  startedAt,
  endedAt: null,
  state: 'running',
  progress: 0,
  results: scenarios.map(({ name, title }) => ({
    scenario: name,
    title,
    state: 'waiting',
    requests: 0,
    served: 0,
    told: 0,
    lied: 0,
    slowestMs: null,
    words: '',
  })),
  problem: null,
});

export const drillEndpoints = {
  'GET /api/drills/scenarios': {
    tag: 'drills',
    summary: 'Ways in which a drill can break a provider.',
    allow: viewers,
    answer: z.object({ items: z.array(scenario) }),
  },
  'GET /api/drills': {
    tag: 'drills',
    summary: 'Drills since the start, newest first.',
    allow: viewers,
    answer: z.object({ items: z.array(drill) }),
  },
  'POST /api/drills': {
    tag: 'drills',
    summary: 'Starts a drill beside the real traffic, which it does not touch; one at a time.',
    allow: operators,
    body: z.strictObject({ scenarios: z.optional(z.array(z.string()).check(z.minLength(1))) }),
    status: 202,
    answer: drill,
  },
  'GET /api/drills/{id}': {
    tag: 'drills',
    summary: 'One drill, with what is known so far.',
    allow: viewers,
    answer: drill,
  },
  'DELETE /api/drills/{id}': {
    tag: 'drills',
    summary: 'Cancels a drill that is running.',
    allow: operators,
    answer: drill,
  },
} as const satisfies EndpointTable;
