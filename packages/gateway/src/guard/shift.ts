import { setImmediate } from 'node:timers/promises';
import { systemClock } from '@vitalgate/health';

/** For how long one body is read before others are served. */
const LONGEST_MS = 3;

/**
 * The time on the main thread that reading one body may take at once: measured, because how long a
 * piece takes depends on what is in it, a hundredfold.
 */
export class Shift {
  #until = systemClock.now() + LONGEST_MS;

  get isOver(): boolean {
    return systemClock.now() >= this.#until;
  }

  /** Begins anew when all others that wait have been served. */
  async begin(): Promise<void> {
    await setImmediate();
    this.#until = systemClock.now() + LONGEST_MS;
  }
}
