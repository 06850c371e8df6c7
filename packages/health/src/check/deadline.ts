import { systemClock, type Clock } from '../clock.ts';

/** When to stop looking: at the caller's signal or after a time, whichever is first. */
export interface Patience {
  /** Milliseconds; 2,000 when not given. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

export interface Deadline {
  readonly signal: AbortSignal;
  /** Milliseconds since the deadline was set. */
  readonly elapsedMs: () => number;
  /** What really ended a look that failed: the deadline, when it has passed, or the error itself. */
  readonly verdictOn: (error: unknown) => unknown;
  /** Frees the timer and lets go of the caller's signal. */
  readonly end: () => void;
}

/** A signal that aborts with a `TimeoutError` or with the caller's own reason. */
export function setDeadline(patience: Patience, caller: AbortSignal | undefined): Deadline {
  const clock = patience.clock ?? systemClock;
  const started = clock.now();
  const controller = new AbortController();
  const leave = (): void => controller.abort(caller?.reason);
  if (caller?.aborted === true) leave();
  else caller?.addEventListener('abort', leave, { once: true });
  const stop = clock.after(patience.timeoutMs ?? 2_000, () => {
    controller.abort(new DOMException('No answer in time.', 'TimeoutError'));
  });
  return {
    signal: controller.signal,
    elapsedMs: () => clock.now() - started,
    verdictOn: (error) => (controller.signal.aborted ? controller.signal.reason : error),
    end: () => {
      stop();
      caller?.removeEventListener('abort', leave);
    },
  };
}
