import type { Dialect, KyselyConfig, Transaction } from 'kysely';
import type { Tables } from './migrations.ts';

/** What an engine has of its own. */
export interface EngineParts {
  readonly dialect: Dialect;
  /** For questions that take long, where they would hold up the others. */
  readonly reports?: Dialect;
  /** For what a person looks for, which ends after `SEARCH_MS`. */
  readonly searches: Pick<KyselyConfig, 'dialect' | 'plugins'>;
  /** Runs steps that may take as long as they take: one program at a time, all of them or none. */
  migrating(act: (dialect: Dialect) => Promise<void>): Promise<void>;
  /** Takes the lock that `alone` needs, until the end of the transaction. */
  lock(transaction: Transaction<Tables>, name: string): Promise<void>;
  renew(): void;
  /** Ends what is left when nobody can ask any more. */
  close(): Promise<void>;
}
