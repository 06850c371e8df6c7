import type { Report } from '../report.ts';

/**
 * How much whoever asks may see. `status`: the verdict alone. `codes`: checks by name, with
 * reason codes. `full`: also what others said, in their own words.
 */
export type Details = 'status' | 'codes' | 'full';

export interface Written {
  readonly body: string;
  /** When the format has a code of its own for this report. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One way to tell a report. */
export interface Format {
  /** For `?format=`. */
  readonly name: string;
  /** Media types it answers to; the first is sent. None when it is only chosen by name. */
  readonly types: readonly string[];
  /** Names of the query parameters it looks at. */
  readonly params?: readonly string[];
  /** `now` is wall-clock milliseconds, for uptimes and ages; `query` is given for `params`. */
  readonly write: (
    report: Report,
    details: Details,
    now: number,
    query?: URLSearchParams,
  ) => Written;
}
