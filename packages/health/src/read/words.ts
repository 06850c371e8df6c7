/**
 * One table for the words in which services tell how they are. Compared as Spring does it: letters
 * and digits alone, without regard to case (`OUT_OF_SERVICE` is `out-of-service`).
 */
import type { Status } from '../status.ts';

export interface Word {
  readonly status: Status;
  /** A public code; undefined when `pass`. */
  readonly reason: string | undefined;
}

const statuses: Readonly<Record<Status, string>> = {
  pass: `ok okay up pass passed passing success successful succeeded healthy serving ready running
    alive live active available operational green well true yes online connected started
    serverisready serverisnotshuttingdown allsystemsoperational`,
  warn: `warn warning degraded yellow partial partiallyavailable impaired unstable minor
    degradedperformance`,
  fail: `fail failed failing failure down error err errored critical crit unhealthy red dead crashed
    false offline disconnected fatal majoroutage partialoutage`,
  unknown: `unknown undetermined undefined none skipped`,
};

/** Words that say more than how well it is. */
const reasons: readonly (readonly [status: Status, reason: string, words: string])[] = [
  ['fail', 'out_of_service', 'outofservice'],
  ['fail', 'not_serving', 'notserving'],
  ['fail', 'not_ready', 'notready unready serverisnotready'],
  ['fail', 'unavailable', 'unavailable notavailable serviceunavailable'],
  ['fail', 'stopped', 'stopped inactive notrunning exited'],
  ['fail', 'timeout', 'timeout timedout'],
  ['fail', 'draining', 'drain draining stopping shuttingdown serverisshuttingdown shutdown'],
  ['fail', 'maintenance', 'maintenance maint undermaintenance'],
  ['unknown', 'starting', 'starting startup booting initializing initialising pending'],
  ['unknown', 'service_unknown', 'serviceunknown'],
];

const usual: Readonly<Record<Status, string | undefined>> = {
  pass: undefined,
  warn: 'degraded',
  fail: 'failed',
  unknown: 'unknown',
};

// A Map, because an object would find words such as `constructor`.
const table: ReadonlyMap<string, Word> = new Map([
  ...Object.entries(statuses).flatMap(([status, words]) =>
    entries(status as Status, usual[status as Status], words),
  ),
  ...reasons.flatMap(([status, reason, words]) => entries(status, reason, words)),
]);

function entries(status: Status, reason: string | undefined, words: string): [string, Word][] {
  return words.split(/\s+/).map((word) => [word, { status, reason }]);
}

/** Longer than any word of the table, however it is spelt. */
const LONGEST = 64;

/** What a word, a truth value or an HTTP status means; undefined when it is none of health. */
export function wordOf(value: unknown): Word | undefined {
  if (typeof value === 'boolean') return table.get(String(value));
  if (typeof value === 'number') return meaning(value);
  if (typeof value !== 'string' || value.length > LONGEST) return undefined;
  return table.get(value.toLowerCase().replace(/[^a-z0-9]/g, ''));
}

/** The same of something that has to be a word of health. */
export function statusWord(value: unknown): Word {
  return wordOf(value) ?? { status: 'unknown', reason: 'unknown_status' };
}

/** A redirect says where to ask, not how it is: a login page would look well. */
export function meaning(code: number): Word | undefined {
  if (code >= 200 && code < 300) return { status: 'pass', reason: undefined };
  if (code >= 400 && code < 600) return { status: 'fail', reason: `http_${Math.trunc(code)}` };
  return code >= 300 && code < 400
    ? { status: 'unknown', reason: `http_${Math.trunc(code)}` }
    : undefined;
}

const badness: Readonly<Record<Status, number>> = { pass: 0, warn: 1, unknown: 2, fail: 3 };

export function worseOf(one: Status, other: Status): Status {
  return badness[one] >= badness[other] ? one : other;
}
