import { z } from 'zod';
import { detectorNames } from './guardrails.ts';
import { known, name } from './fields.ts';
import { duration, size } from './quantities.ts';

/** What can be taken out of a text: everything that is found at a place in it. */
const redactable = [
  ...detectorNames.filter((one) => one !== 'injection'),
  'pii',
  'attacks',
] as const;

/** The section `capture`: what is asked and answered is kept only where there is one. */
export const capture = known({
  /** Names of whatever is kept. Where one of these is there, no more than it names is; else all. */
  models: z.array(name).optional(),
  apis: z.array(name).optional(),
  prompts: z.array(name).optional(),
  /** What is taken out before anything is kept. */
  redact: z
    .array(z.enum(redactable, { error: `expected some of: ${redactable.join(', ')}` }))
    .default(['pii', 'secrets']),
  keep: duration().default(7 * 24 * 60 * 60_000),
  /** Of each side; a longer one is not kept. */
  maxBody: size().default(64 * 1024),
}).optional();

export type CaptureConfig = NonNullable<z.output<typeof capture>>;
