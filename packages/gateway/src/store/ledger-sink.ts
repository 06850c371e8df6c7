/**
 * Values of one ledger row, in the order of `journalColumns`. A row that an older program wrote has
 * none for the columns that came after it; the database has defaults for them.
 */
export type Values = readonly (string | number | null)[];

/** Where ledger rows end up. A row is known by its id, so one that comes twice counts once. */
export interface LedgerSink {
  /**
   * Takes rows of one length. Keeps all of them, or throws and keeps none: they come again.
   *
   * @returns how many the database can never take, and which are left out
   */
  insert(rows: readonly Values[]): number | Promise<number>;
  close(): void | Promise<void>;
}
