import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import type { Cancel, Clock } from '@vitalgate/health';

/** Smaller bodies are what a gateway is for; of them there are never enough at once to matter. */
export const LIGHT: number = 64 * 1024;
/** What a byte of a body may take of the heap while it is read, guarded and translated. */
const BYTES_PER_BYTE = 24;
/** Beyond this share of the heap nothing is let in: V8 ends the process when it is full. */
const FULL = 0.85;
const LOOK_MS = 100;
/** Three semi-spaces of 64 MiB, which V8 counts as part of its limit (`heap_size_limit`). */
const YOUNG = 3 * 64 * 1024 ** 2;

const youngSpaces: ReadonlySet<string> = new Set(['new_space', 'new_large_object_space']);

/** Bytes of what has outlived a collection or is too large for one. */
const usedNow = (): number =>
  getHeapSpaceStatistics().reduce(
    (sum, { space_name: name, space_used_size: used }) =>
      youngSpaces.has(name) ? sum : sum + used,
    0,
  );

/**
 * Room in the heap, which is smaller than the machine's memory and ends the process when it is full.
 * A body is let in when what it may become fits beside all that is there, and beside what has been
 * let in and has not become it yet.
 */
export class Headroom {
  readonly #most: number;
  readonly #stop: Cancel;
  #used = usedNow();
  #promised = 0;

  constructor(clock: Clock) {
    const limit = getHeapStatistics().heap_size_limit;
    this.#most = Math.max(limit - YOUNG, limit / 4) * FULL;
    this.#stop = clock.every(LOOK_MS, () => {
      this.#used = usedNow();
    });
  }

  /** Nothing fits any more. */
  get isFull(): boolean {
    return this.#used > this.#most;
  }

  /** Whether a body would fit now; it need not come. */
  fits(bytes: number): boolean {
    this.#used = usedNow();
    return this.#used + this.#promised + bytes * BYTES_PER_BYTE <= this.#most;
  }

  /** Room for a body, which it keeps until it is freed. */
  room(): Room {
    let promised = 0;
    const grow = (bytes: number): boolean => {
      const more = bytes * BYTES_PER_BYTE - promised;
      if (more <= 0) return true;
      this.#used = usedNow();
      if (this.#used + this.#promised + more > this.#most) return false;
      promised += more;
      this.#promised += more;
      return true;
    };
    const free = (): void => {
      this.#promised -= promised;
      promised = 0;
    };
    return { grow, free };
  }

  close(): void {
    this.#stop();
  }
}

/** What is promised to one body. */
export interface Room {
  /** False where it has become too large for what is left. */
  grow(bytes: number): boolean;
  /** What it has become is there to be seen, or it is gone. */
  free(): void;
}
