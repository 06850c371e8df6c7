/**
 * For how long a person's search may read. What is not found by then was asked too broadly, and would
 * hold up the next one.
 */
export const SEARCH_MS = 2000;

/** A function of our connections to SQLite: 1, or the end of the statement. */
export const IN_TIME = 'vitalgate_in_time';
/** Result code `SQLITE_INTERRUPT` (sqlite.org/rescode.html). */
const CUT_SHORT = 9;
/** `query_canceled` (PostgreSQL, appendix A): what its `statement_timeout` ends with. */
const CANCELED = '57014';

/** Whether a statement was ended because it took too long. */
export const isCutShort = (error: unknown): boolean =>
  error instanceof Error &&
  (('errcode' in error && error.errcode === CUT_SHORT) ||
    ('code' in error && error.code === CANCELED));

/** What SQLite itself calls it when a statement is interrupted. */
export const cutShort = (): Error =>
  Object.assign(new TypeError('cut short'), { errcode: CUT_SHORT });
