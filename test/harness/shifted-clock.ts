import { systemClock, type Cancel, type Clock } from '@vitalgate/health';

/** The system's clock, which a test may put forward or stop: timers run as ever, dates jump or stay. */
export class ShiftedClock implements Clock {
  #shift = 0;
  #stopped: { readonly now: number; readonly wall: number } | undefined;

  /** From now on time passes only when it is put forward, however slow the machine is. */
  stop(): void {
    this.#stopped = { now: systemClock.now(), wall: systemClock.wall() };
  }

  forward(ms: number): void {
    this.#shift += ms;
  }

  now(): number {
    return (this.#stopped?.now ?? systemClock.now()) + this.#shift;
  }

  wall(): number {
    return (this.#stopped?.wall ?? systemClock.wall()) + this.#shift;
  }

  after(ms: number, fn: () => void): Cancel {
    return systemClock.after(ms, fn);
  }

  every(ms: number, fn: () => void): Cancel {
    return systemClock.every(ms, fn);
  }
}

/** The system's clock with a wall that is ahead of it: dates jump, and nothing measured or awaited does. */
export class WallAhead implements Clock {
  /** Milliseconds. */
  ahead = 0;

  now(): number {
    return systemClock.now();
  }

  wall(): number {
    return systemClock.wall() + this.ahead;
  }

  after(ms: number, fn: () => void): Cancel {
    return systemClock.after(ms, fn);
  }

  every(ms: number, fn: () => void): Cancel {
    return systemClock.every(ms, fn);
  }
}
