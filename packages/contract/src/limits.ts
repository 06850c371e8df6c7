import { z } from 'zod';
import { known, whole } from './fields.ts';
import { duration } from './quantities.ts';

/** Lists of limits, wherever a section of the configuration has one. */

/** Each of these counts alone: `{ requests: 60, per: 1m, by: address }`. */
const by = z
  .enum(['key', 'team', 'model', 'address', 'route'], {
    error: 'expected one of: key, team, model, address, route',
  })
  .optional();

/** Calendar periods begin and end in UTC; weeks begin on Monday. */
export const calendarPeriods = ['hour', 'day', 'week', 'month'] as const;
export type CalendarPeriod = (typeof calendarPeriods)[number];

const per = z.union([z.enum(calendarPeriods), duration().refine((ms) => ms > 0)]);

export const limits = z
  .array(
    z.union(
      [
        known({
          requests: whole(1, 1_000_000_000),
          per,
          /** So many at once, the others evenly over the period. */
          burst: whole(1, 1_000_000_000).optional(),
          by,
        }),
        known({ tokens: whole(1, 1_000_000_000_000), per, by }),
        known({
          cost: z.number().positive().max(9_000_000),
          unit: z.literal('USD').default('USD'),
          per,
          by,
        }),
        known({ concurrency: whole(1, 1_000_000), by }),
      ],
      {
        error:
          'expected { requests: 60, per: 1m }, { tokens: 100000, per: 1m }, { cost: 5, unit: USD, per: 1d } or { concurrency: 8 }, each with by: key, team, model, address or route where wanted',
      },
    ),
  )
  .default([]);

export type LimitConfig = z.output<typeof limits>[number];
