import type { Usage } from './usage.ts';

/** The type of a failure that no vendor names: an event that is no JSON. */
export const MALFORMED = 'malformed_event';

/** The type of a failure of ours: more would have to be kept for the caller's dialect than may be. */
export const TOO_LONG = 'answer_too_long';

/** The type of a failure that is told as a reason to stop, and with no event of its own. */
export const FAILED_STOP = 'failed_stop';

/** An error that a provider told inside an answer it had begun with 200. */
export interface StreamFailure {
  /** The vendor's word for it, e.g. `overloaded_error`; safe to log, not to trust. */
  readonly type: string;
}

/**
 * What is learned from a stream while its bytes pass. A stream is whole only when `finished`:
 * an end of file without the dialect's terminal event is a failure, never a stop.
 */
export interface StreamWatch {
  push(chunk: Buffer): void;
  /** To be called at the end of the body, before `finished` is read for the last time. */
  end(): void;
  /** At least one event has arrived whole. */
  readonly started: boolean;
  /** An event has arrived that carries something of the answer, or its end. */
  readonly hasContent: boolean;
  /** The dialect's terminal event has arrived. */
  readonly finished: boolean;
  /** Set when an error event has arrived. */
  readonly failed: StreamFailure | undefined;
  /** Events so far; each carries about one token. */
  readonly events: number;
  readonly usage: Usage;
}

/** A watch that also makes what the caller is given. */
export interface OutStream extends StreamWatch {
  /** What has been made since it was last taken: whole frames. */
  take(): Buffer;
}
