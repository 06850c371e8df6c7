import type { Config } from '@vitalgate/contract';

/** Sections that are read once, at the start. */
export function needsRestart(before: Config, after: Config): string[] {
  return (
    [
      'listen',
      'server',
      'store',
      'durability',
      'workers',
      'spool',
      'shared',
      'health',
      'cache',
    ] as const
  ).filter((section) => JSON.stringify(before[section]) !== JSON.stringify(after[section]));
}
