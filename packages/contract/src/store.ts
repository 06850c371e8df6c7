import { z } from 'zod';
import { duration } from './quantities.ts';

const url = z
  .string()
  .refine((text) => /^sqlite:.+/.test(text) || /^postgres(?:ql)?:\/\/[^/]+\/[^/]+/.test(text), {
    error:
      'expected sqlite:PATH, such as sqlite:./data/vitalgate.db, or postgres://USER:PASSWORD@HOST:5432/DATABASE',
  });

/** What is kept where, and what happens while it cannot be kept there. */
export const storeFields = {
  store: url.default('sqlite:./data/vitalgate.db'),
  /** For how long keys of a store that does not answer are believed. */
  storeGrace: duration().default(60 * 60 * 1000),
  /** Whether a loss of power may cost the last second of the ledger (`normal`) or nothing (`full`). */
  durability: z
    .enum(['normal', 'full'], { error: 'expected one of: normal, full' })
    .default('normal'),
  /** Folder for what the store has not taken yet; beside the file of SQLite unless it is named. */
  spool: z.string().min(1, { error: 'expected the path of a folder' }).optional(),
};
