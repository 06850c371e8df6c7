import { z } from 'zod';
import { known, whole } from './fields.ts';

/** A model in a file, which the gateway runs itself, in a process of its own. */
export const localModel = known({
  /** GGUF; seen from the folder the gateway was started in. */
  file: z.string().min(1, { error: 'expected the path of a GGUF file' }),
  /** Tokens that question and answer may have together. */
  context: whole(256, 1_048_576).default(4096),
  /** Absent: as many as this machine has cores for it. */
  threads: whole(1, 256).optional(),
});

export type LocalModelConfig = z.output<typeof localModel>;
