import { systemClock, type Cancel, type Clock } from '@vitalgate/health';

/** The system's clock, which a test may put forward: timers run as ever, dates jump. */
export class ShiftedClock implements Clock {
  #shift = 0;

  forward(ms: number): void {
    this.#shift += ms;
  }

  now(): number {
    return systemClock.now() + this.#shift;
  }

  wall(): number {
    return systemClock.wall() + this.#shift;
  }

  after(ms: number, fn: () => void): Cancel {
    return systemClock.after(ms, fn);
  }

  every(ms: number, fn: () => void): Cancel {
    return systemClock.every(ms, fn);
  }
}
