import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from './clock.ts';
import type { House } from './dialects/dialect.ts';
import type { Route } from './dialects/table.ts';
import type { FaultSet } from './fault/fault-set.ts';
import type { Journal } from './journal.ts';
import type { JsonObject } from './json.ts';

/** What one simulator has, and every exchange uses. */
export interface Workshop {
  readonly house: House;
  readonly faults: FaultSet;
  readonly journal: Journal;
  readonly clock: Clock;
  /** The key callers need: any (`true`), this one, or none (`false`). */
  readonly requireKey: boolean | string;
  /** Whether it is the simulator that closes connections just now. */
  isClosing(): boolean;
}

/** A request, received whole. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly query: string | undefined;
  readonly route: Route;
  /** How many came; beyond `largestBody` they were not kept. */
  readonly bytes: number;
  /** Undefined when there was none, or none that is a JSON object. */
  readonly body: JsonObject | undefined;
  /** From the body, else from the path. */
  readonly model: string | undefined;
}

/** https://docs.claude.com/en/api/errors: 32 MB; the others take no more. */
export const largestBody = 33_554_432;
