import type { Clock } from '@vitalgate/health';

/**
 * A clock whose timers outlive a defect in what they call: it is told, and what is done again and again
 * is done again. Thrown out of a timer it would end the process, and every call with it.
 */
export function guardedClock(clock: Clock, onDefect: (error: unknown) => void): Clock {
  const guarded = (fn: () => void) => (): void => {
    try {
      fn();
    } catch (error) {
      onDefect(error);
    }
  };
  return {
    now: () => clock.now(),
    wall: () => clock.wall(),
    after: (ms, fn) => clock.after(ms, guarded(fn)),
    every: (ms, fn) => clock.every(ms, guarded(fn)),
  };
}
