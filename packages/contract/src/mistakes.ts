import type { z } from 'zod';

/** One thing wrong in a configuration, and where. */
export interface ConfigMistake {
  readonly path: readonly (string | number)[];
  /** What was found, what was expected. Never quotes a secret. */
  readonly message: string;
}

/** What a schema found, a mistake for each place. */
export function mistakesOf({ issues }: Pick<z.ZodError, 'issues'>): ConfigMistake[] {
  return issues.flatMap((issue) => {
    const { message } = issue;
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    // Each name that is not known has a place of its own.
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : undefined;
    return unknown?.map((key) => ({ path: [...path, key], message })) ?? [{ path, message }];
  });
}
