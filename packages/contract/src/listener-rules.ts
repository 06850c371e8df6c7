import { z } from 'zod';
import { cidr, known } from './fields.ts';

const rule = known({
  /** Ranges that may connect; empty means all. */
  allow: z.array(cidr).default([]),
  /** Ranges that may not, whatever is allowed. */
  deny: z.array(cidr).default([]),
}).prefault({});

export type NetworkRuleConfig = z.output<typeof rule>;

/** Who may reach the listeners beside the gateway's, whose rule stands above them. */
export const listenerRules = known({
  admin: rule,
  probes: rule,
  agent: rule,
  grpc: rule,
}).prefault({});
