/** A report as an HTTP reply: its code, its headers, and its body, written once. */
import type { Clock } from '../clock.ts';
import type { Level } from '../judge/verdict.ts';
import type { Report } from '../report.ts';
import type { Details, Format } from './format.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Codes = Readonly<Record<Level, number>>;

export const usualCodes: Codes = { pass: 200, warn: 200, fail: 503 };

/** Everything a reply is made of beside the report. */
export interface Manner {
  readonly format: Format;
  readonly details: Details;
  /** Codes of the route, which go before those of the format. */
  readonly codes: Partial<Codes> | undefined;
  /** Whether others may be shown something else, so that no cache may share it. */
  readonly isPrivate: boolean;
  /** Given when the format looks at the query, and the query says something to it. */
  readonly query?: URLSearchParams;
}

interface Kept {
  readonly report: Report;
  readonly second: number;
  readonly reply: Reply;
}

/** Keeps the last reply of one route in one format, for as long as neither report nor second change. */
export class ReplyCache {
  readonly #kept = new Map<string, Kept>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `key` stands for the manner and for where it was asked. */
  reply(key: string, report: Report, manner: Manner): Reply {
    const now = this.#clock.wall();
    // Callers decide how many queries there are: none of them is kept.
    if (manner.query !== undefined) return replyTo(report, manner, now);
    // Uptimes and ages move by seconds.
    const second = Math.floor(now / 1000);
    const known = this.#kept.get(key);
    if (known?.report === report && known.second === second) return known.reply;
    const reply = replyTo(report, manner, now);
    this.#kept.set(key, { report, second, reply });
    return reply;
  }
}

function replyTo(report: Report, manner: Manner, now: number): Reply {
  const { format, details, codes, isPrivate, query } = manner;
  const { body, status: own, headers } = format.write(report, details, now, query);
  const status = codes?.[report.status] ?? own ?? usualCodes[report.status];
  const fresh = Math.max(0, Math.floor((report.freshUntil - now) / 1000));
  return {
    status,
    headers: {
      'content-type': format.types[0] ?? 'text/plain; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'x-content-type-options': 'nosniff',
      vary: isPrivate ? 'accept, authorization' : 'accept',
      age: String(ageOf(report, now)),
      ...caching(report, fresh, manner),
      ...(status === 503 && { 'retry-after': String(Math.max(1, fresh)) }),
      ...headers,
    },
    body,
  };
}

/** Whole seconds since the oldest reading. */
function ageOf({ checks }: Report, now: number): number {
  const readings = checks.flatMap(({ reading }) => (reading === undefined ? [] : [reading.at]));
  return readings.length === 0 ? 0 : Math.max(0, Math.floor((now - Math.min(...readings)) / 1000));
}

/** Good news may be kept for longer than bad; an answer to a probe, not at all. */
function caching(report: Report, fresh: number, manner: Manner): Record<string, string> {
  if (report.probe !== undefined) return { 'cache-control': 'no-store' };
  const seconds = Math.min(fresh, report.status === 'pass' ? 5 : 1);
  const { format, details, isPrivate } = manner;
  return {
    'cache-control': `${isPrivate ? 'private, ' : ''}max-age=${seconds}`,
    etag: `W/"${report.id}-${format.name}-${details}"`,
  };
}

/** A reply that is no report. */
export function refusal(
  status: number,
  error: string,
  headers: Record<string, string> = {},
): Reply {
  const body = JSON.stringify({ error });
  const length = String(Buffer.byteLength(body));
  const usual = {
    'content-type': 'application/json',
    'content-length': length,
    'cache-control': 'no-store',
  };
  return { status, headers: { ...usual, ...headers }, body };
}
