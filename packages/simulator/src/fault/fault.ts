/**
 * What can be broken, each by one number or by `true`:
 *
 * pace, which may come together with any other:
 * - `latency`: milliseconds before the head of the answer
 * - `timeToFirstToken`: milliseconds from the head of a stream to its first token; a whole answer
 *   waits as long before its head
 * - `tokensPerSecond`: how fast tokens follow each other; a whole answer waits as long as all of
 *   its tokens take
 *
 * breakage, of which one request suffers at most one:
 * - `status`: an error with this HTTP status and the vendor's body for it; `retryAfter` (seconds)
 *   adds the vendor's headers that tell when to return, `code` chooses another meaning of the same
 *   status (`insufficient_quota` with 429)
 * - `blackhole`: the request is read and never answered
 * - `reset`: the connection is reset (TCP RST) in place of an answer
 * - `emptyBody`: 200 with a body of no bytes
 * - `wrongContentType`: 200 with an HTML page, as a captive portal or a proxy's login page gives
 * - `hugeAnswer`: text of about so many bytes
 * - `cutAfterChunks`: the connection closes after so many frames of a stream, without a terminator
 * - `stallAfterChunks`: the stream falls silent after so many frames, and stays open
 * - `malformedAfterChunks`: the frame after so many is replaced by one that cannot be parsed
 * - `errorAfterChunks`: after so many frames comes the vendor's error, and the stream ends
 *
 * A stream shorter than the number breaks just before its last frame. A whole answer breaks in the
 * middle of its body; `errorAfterChunks`, which it has no form for, becomes a status of 500.
 *
 * and the listener itself, for all models:
 * - `refuse`: connections are refused and open ones closed; with a number for so many milliseconds,
 *   with `true` until cleared
 */
export interface Effects {
  readonly latency: number;
  readonly timeToFirstToken: number;
  readonly tokensPerSecond: number;
  readonly status: number;
  readonly blackhole: true;
  readonly reset: true;
  readonly emptyBody: true;
  readonly wrongContentType: true;
  readonly hugeAnswer: number;
  readonly cutAfterChunks: number;
  readonly stallAfterChunks: number;
  readonly malformedAfterChunks: number;
  readonly errorAfterChunks: number;
  readonly refuse: number | true;
}

export type Effect = keyof Effects;

export type ChunkEffect =
  | 'cutAfterChunks'
  | 'stallAfterChunks'
  | 'malformedAfterChunks'
  | 'errorAfterChunks';

export type BreakageEffect =
  | 'status'
  | 'blackhole'
  | 'reset'
  | 'emptyBody'
  | 'wrongContentType'
  | 'hugeAnswer'
  | ChunkEffect;

/** When a fault strikes. */
export interface Occurrence {
  /** Requests for this model; `*`, or none given: every request. */
  readonly model?: string;
  /** Share of those requests, 0 to 1. Drawn from the simulator's seed. */
  readonly probability?: number;
  /** How often before it heals by itself. */
  readonly times?: number;
}

/** How a status is told, beside the status. */
export interface Telling {
  /** Seconds, a fraction allowed. Without it no header tells when to return. */
  readonly retryAfter?: number;
  /** The vendor's code or type, in place of the usual one. */
  readonly code?: string;
}

/** One effect and when it strikes: `{status: 429, retryAfter: 2, times: 3}`. */
export type Fault = {
  readonly [E in Effect]: Occurrence & Pick<Effects, E> & (E extends 'status' ? Telling : unknown);
}[Effect];

/** Which group an effect belongs to, and the numbers it allows. */
export interface EffectRule {
  readonly group: 'pace' | 'breakage' | 'listener';
  /** Absent where the effect is only `true`. */
  readonly least?: number;
  readonly most?: number;
  readonly whole?: boolean;
  /** Whether `true` is allowed. */
  readonly flag?: boolean;
}

const hour = 3_600_000;
const flag = { group: 'breakage', flag: true } as const;
const chunks = { group: 'breakage', least: 0, most: 1_000_000, whole: true } as const;

export const effects: Readonly<Record<Effect, EffectRule>> = {
  latency: { group: 'pace', least: 0, most: hour },
  timeToFirstToken: { group: 'pace', least: 0, most: hour },
  tokensPerSecond: { group: 'pace', least: 0.01, most: 1_000_000 },
  status: { group: 'breakage', least: 400, most: 599, whole: true },
  blackhole: flag,
  reset: flag,
  emptyBody: flag,
  wrongContentType: flag,
  hugeAnswer: { group: 'breakage', least: 1, most: 67_108_864, whole: true },
  cutAfterChunks: chunks,
  stallAfterChunks: chunks,
  malformedAfterChunks: chunks,
  errorAfterChunks: chunks,
  refuse: { group: 'listener', least: 1, most: hour, flag: true },
};

export const effectNames = Object.keys(effects) as readonly Effect[];

/** The effect a fault names, with its value. */
export function effectOf(fault: Fault): { readonly effect: Effect; readonly value: number | true } {
  const named: Partial<Effects> = fault;
  for (const effect of effectNames) {
    const value = named[effect];
    if (value !== undefined) return { effect, value };
  }
  return { effect: 'latency', value: 0 };
}
