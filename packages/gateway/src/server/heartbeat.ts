import type { Cancel, Clock } from '@vitalgate/health';

/** The main thread writes this often that it is alive. */
const BEAT_MS = 100;

/**
 * One number shared between threads: the monotonic milliseconds at which the main loop last ran.
 * A loop that is blocked cannot say so; a thread that reads this can.
 */
export class Heartbeat {
  readonly buffer: SharedArrayBuffer;
  readonly #view: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.buffer = buffer;
    this.#view = new Float64Array(buffer);
  }

  /** Beats on the main thread from now on. */
  start(clock: Clock): Cancel {
    const beat = () => {
      this.#view[0] = clock.now();
    };
    beat();
    return clock.every(BEAT_MS, beat);
  }

  /** Milliseconds for which the main loop has not run, beyond what is normal. */
  blockedMs(now: number): number {
    return Math.max(0, now - (this.#view[0] ?? 0) - BEAT_MS);
  }
}
