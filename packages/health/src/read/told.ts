/**
 * What services tell of their health, and what is read from it. A `Read` holds the other side's
 * own words, host names and error texts included: it is for those who are trusted. `toReport`
 * (to-report.ts) makes of it what may be told on.
 */
import type { Runbook } from '../definition.ts';
import type { Status } from '../status.ts';

/** The formats that are understood. */
export type Format =
  | 'plain'
  | 'html'
  | 'json'
  | 'health+json'
  | 'terminus'
  | 'actuator'
  | 'microprofile'
  | 'aspnet'
  | 'govuk'
  | 'ft'
  | 'kubernetes'
  | 'consul'
  | 'docker'
  | 'nagios'
  | 'haproxy'
  | 'grpc'
  | 'metrics'
  | 'xml'
  | 'yaml'
  | 'csv';

/** An answer as it came. All of it is optional: a command has no HTTP status, an agent no headers. */
export interface Told {
  /** The HTTP status. */
  readonly code?: number;
  /** How a check command ended (0 is well for all who use them). */
  readonly exitCode?: number;
  /** In place of the header `content-type`. */
  readonly contentType?: string;
  /** Names in lower case, as `node:http` gives them. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** At most 1,048,576 characters of it are read; of more than that nothing is believed. */
  readonly body?: string | Uint8Array;
}

export interface Read {
  readonly format: Format;
  /** The worse of what the code and the body say; `unknown` when neither can be understood. */
  readonly status: Status;
  /** A public code; undefined when `pass`. */
  readonly reason: string | undefined;
  /** Code and body contradict each other, one saying well and the other not. */
  readonly disagrees: boolean;
  /** The body's own word for its status, as it came. */
  readonly said: string | undefined;
  /** At most 1,000, in the order of the body. */
  readonly components: readonly Component[];
  /** The body's own text about its status, at most 4,096 characters. */
  readonly output: string | undefined;
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly version: string | undefined;
  readonly releaseId: string | undefined;
  readonly notes: readonly string[];
  /** Valid absolute URIs only. */
  readonly links: Readonly<Record<string, string>>;
  /** The names of views that can be asked for (the groups of Actuator). */
  readonly groups: readonly string[];
  /** What else the body had, as it came. */
  readonly extra: Readonly<Record<string, unknown>>;
}

export interface Component {
  /** Nested names are joined by `/`. */
  readonly name: string;
  readonly status: Status;
  /** A public code; undefined when `pass`. */
  readonly reason: string | undefined;
  readonly said: string | undefined;
  readonly id: string | undefined;
  /** `component`, `datastore`, `system` or a term of its own. */
  readonly type: string | undefined;
  /** What was measured, such as `utilization`; undefined when not named. */
  readonly measurement: string | undefined;
  /** Any JSON, 0, false, '' and null included; undefined when there was none. */
  readonly observedValue: unknown;
  readonly observedUnit: string | undefined;
  readonly affectedEndpoints: readonly string[];
  /** Wall-clock milliseconds of the reading, not of the answer. */
  readonly at: number | undefined;
  /** Wall-clock milliseconds of the last change. */
  readonly since: number | undefined;
  readonly durationMs: number | undefined;
  readonly output: string | undefined;
  readonly links: Readonly<Record<string, string>>;
  readonly runbook: Runbook;
  readonly extra: Readonly<Record<string, unknown>>;
}
