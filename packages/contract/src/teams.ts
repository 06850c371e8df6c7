import { z } from 'zod';
import { known, name } from './fields.ts';
import { limits } from './limits.ts';

/** The section `teams`: what the keys of one team may do together. */
export const team = known({
  name,
  /** Absent: all. A key of the team may use what both lists have. */
  models: z.array(z.string()).optional(),
  apis: z.array(z.string()).optional(),
  /** Absent: those of its models. */
  prompts: z.array(z.string()).optional(),
  limits,
  /** Names of guardrails that hold for all its keys, beside those for all. */
  guardrails: z.array(name).optional(),
});

export type TeamConfig = z.output<typeof team>;
