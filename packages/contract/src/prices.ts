import { z } from 'zod';
import { known } from './fields.ts';

const dollars = z
  .number({ error: 'expected US dollars for a million tokens, such as 0.4' })
  .min(0, { error: 'expected US dollars for a million tokens, such as 0.4' })
  .max(1_000_000);

/** What tokens cost, in US dollars for a million of them, instead of what the vendor's list says. */
export const price = known({
  input: dollars,
  output: dollars,
  /** Read from the provider's cache and written to it; like `input` where nothing is said. */
  cacheRead: dollars.optional(),
  cacheWrite: dollars.optional(),
});

export type PriceConfig = z.output<typeof price>;

/** By the provider's names for its models; `*` stands for all others. */
export const prices = z.record(z.string().min(1).max(256), price).optional();
