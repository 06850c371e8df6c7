import { z } from 'zod';
import { flag, known, name } from './fields.ts';

/** The section `statusPage`: what anybody may see of how well it is. */
export const statusPage = known({
  enabled: flag.default(true),
  title: z.string().min(1).max(128).default('Status'),
  /** Models and APIs that are shown; absent: all. */
  routes: z.array(name).max(500).optional(),
});
export type StatusPageConfig = z.output<typeof statusPage>;
