import type { Cancel, Clock } from '@vitalgate/health';

/** Something that must not last longer than until `dueAt` (the clock's milliseconds). */
export interface Due {
  dueAt: number;
  onDue(): void;
}

const SWEEP_MS = 25;

/**
 * All deadlines of the process in one sweep: moving one is writing a number, where a timer per
 * request would be made and thrown away. A deadline is noticed up to 25 ms late.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #due = new Set<Due>();
  readonly #stop: Cancel;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#stop = clock.every(SWEEP_MS, () => this.#sweep());
  }

  add(due: Due): void {
    this.#due.add(due);
  }

  delete(due: Due): void {
    this.#due.delete(due);
  }

  close(): void {
    this.#stop();
  }

  #sweep(): void {
    const now = this.#clock.now();
    const defects: unknown[] = [];
    for (const due of this.#due) {
      if (now < due.dueAt) continue;
      try {
        due.onDue();
      } catch (error) {
        // Tried each time again, it would hold up all that are due after it.
        this.#due.delete(due);
        defects.push(error);
      }
    }
    if (defects.length > 0) throw new AggregateError(defects, 'what was due has failed');
  }
}
