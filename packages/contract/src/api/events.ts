import * as z from 'zod/mini';
import { count, ms, status, text, usd } from './common.ts';
import { everyone, type EndpointTable, type Role, viewers } from './endpoint.ts';
import { drill } from './drills.ts';
import { alert } from './operation.ts';
import { change, target } from './overview.ts';
import { incident, receipt } from './requests.ts';

interface EventKind {
  readonly data: z.core.$ZodType;
  readonly allow: readonly Role[];
}

/** What `GET /api/events` tells, by the name in its `event:` line. A member is told of its teams. */
export const eventKinds = {
  /** Once a second while anybody listens. */
  pulse: {
    data: z.object({
      status,
      reasons: z.array(z.string()),
      inFlight: count,
      perSecond: z.number(),
      errorRatio: z.number(),
      firstTokenP50Ms: z.nullable(ms),
      spendToday: usd,
    }),
    allow: viewers,
  },
  /** A target after each change of it. */
  target: { data: target, allow: viewers },
  change: { data: change, allow: viewers },
  request: { data: receipt, allow: everyone },
  incident: { data: incident, allow: viewers },
  alert: { data: alert, allow: viewers },
  drill: { data: drill, allow: viewers },
  /** The configuration in use has become another: read again what you show. */
  configuration: { data: z.object({ problem: z.nullable(z.string()) }), allow: viewers },
} as const satisfies Record<string, EventKind>;

export type EventName = keyof typeof eventKinds;
export type EventData<Name extends EventName> = z.output<(typeof eventKinds)[Name]['data']>;

export const eventEndpoints = {
  'GET /api/events': {
    tag: 'events',
    summary: 'Live changes as server-sent events; resumes after `Last-Event-ID`.',
    allow: everyone,
    query: z.strictObject({
      /** Names of events, with commas between; all of them where it is absent. */
      only: z.optional(text),
    }),
    media: 'text/event-stream',
  },
} as const satisfies EndpointTable;
