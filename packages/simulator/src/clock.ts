/**
 * The time the simulator is handed. Whatever has these three can be its clock, a virtual one of a
 * test included.
 */
export interface Clock {
  /** Monotonic milliseconds, with a fraction. */
  now(): number;
  /** Wall-clock milliseconds since the Unix epoch, for dates on the wire and in the journal. */
  wall(): number;
  /** Runs `fn` once, `ms` from now. The returned function calls it off. */
  after(ms: number, fn: () => void): () => void;
}

/** The computer's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};
