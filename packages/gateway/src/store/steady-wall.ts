import type { Clock } from '@vitalgate/health';

/** More than a clock is set right by in passing. */
const JUMP_MS = 60_000;
/** After a jump the new time may be the wrong one; within so long it is seen and set right. */
const SETTLES_MS = 60 * 60_000;

/**
 * Whether dates may be believed by what cannot be undone. A clock that jumps a year ahead and back
 * would otherwise erase, in a minute, all that is kept for a year.
 */
export class SteadyWall {
  readonly #clock: Clock;
  /** What the wall clock is ahead of the monotonic one. */
  #ahead: number;
  #steadyFrom = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#ahead = clock.wall() - clock.now();
  }

  /** Whether the wall clock has gone on as the monotonic one for an hour, or ever since the start. */
  get isSteady(): boolean {
    const now = this.#clock.now();
    const ahead = this.#clock.wall() - now;
    if (Math.abs(ahead - this.#ahead) > JUMP_MS) this.#steadyFrom = now + SETTLES_MS;
    this.#ahead = ahead;
    return now >= this.#steadyFrom;
  }
}
