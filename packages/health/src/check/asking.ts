import { systemClock, type Clock } from '../clock.ts';
import { Private } from '../private.ts';
import type { Look, Outcome } from './outcome.ts';
import { reasonOf } from './reason.ts';

/** What was found, without what every look measures by itself. */
export type Found = Omit<Outcome, 'latencyMs'>;

export const well: Found = { status: 'pass' };

/** A look made of a question to something: timed, abandoned at the signal, and never throwing. */
export function asking(
  ask: (signal: AbortSignal) => Promise<Found>,
  failed: (error: unknown) => Found = unanswered,
  clock: Clock = systemClock,
): Look {
  return async (caller = new AbortController().signal) => {
    const started = clock.now();
    const left = Promise.withResolvers<never>();
    const leave = (): void => left.reject(caller.reason);
    caller.addEventListener('abort', leave);
    let found: Found;
    try {
      caller.throwIfAborted();
      // Many clients cannot be told to stop; the look ends all the same.
      found = await Promise.race([ask(caller), left.promise]);
    } catch (error) {
      found = failed(error);
    }
    caller.removeEventListener('abort', leave);
    return { ...found, latencyMs: clock.now() - started };
  };
}

/** What an error says when nothing more is known of whoever was asked. */
export function unanswered(error: unknown): Found {
  const reason = reasonOf(error);
  const detail = new Private(error instanceof Error ? error.message : String(error));
  return { status: 'fail', reason, fault: faults[reason] ?? 'network', detail };
}

/** Whose failure it was, where no answer is not the reason. */
const faults: Readonly<Record<string, 'gateway' | 'provider'>> = {
  aborted: 'gateway',
  out_of_files: 'gateway',
  credentials_refused: 'provider',
  no_such_database: 'provider',
  too_many_connections: 'provider',
  shutting_down: 'provider',
  starting_up: 'provider',
  malformed_answer: 'provider',
};

/** The same for what is looked at within this machine. */
export function broken(error: unknown): Found {
  const { fault, ...found } = unanswered(error);
  return fault === 'gateway' ? { ...found, fault } : found;
}
