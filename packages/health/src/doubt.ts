/**
 * A prober doubts itself before it doubts others. When its own event loop was late, a timeout
 * says nothing of the other side: the answer may have been waiting here. (After the local health
 * of Lifeguard, https://arxiv.org/abs/1707.00788.)
 */
import type { Cancel, Clock } from './clock.ts';

const BEAT_MS = 500;
/** A beat this late is a lapse of ours. */
const LATE_MS = 200;
const MOST_DOUBT = 8;

export interface Doubt {
  /** 0 when the loop keeps time; one more for each late beat, one less for each good one. */
  readonly score: number;
  /** How much longer than usual to wait for answers. */
  readonly patience: number;
  /** Whether the loop was late at any time after `since` (monotonic milliseconds). */
  readonly wasLate: (since: number) => boolean;
  /** The latest lapse: how late, and when in monotonic milliseconds. */
  readonly lapse: { readonly lateMs: number; readonly at: number } | undefined;
  readonly stop: Cancel;
}

/** Watches the loop that it runs on. */
export function watchLoop(clock: Clock): Doubt {
  let score = 0;
  let expected = clock.now() + BEAT_MS;
  let lapse: Doubt['lapse'];
  const look = (): number => {
    const now = clock.now();
    const lateMs = now - expected;
    if (lateMs > LATE_MS) lapse = { lateMs, at: now };
    return lateMs;
  };
  const stop = clock.every(BEAT_MS, () => {
    const lateMs = look();
    score = lateMs > LATE_MS ? Math.min(MOST_DOUBT, score + 1) : Math.max(0, score - 1);
    expected = clock.now() + BEAT_MS;
  });
  return {
    get score() {
      return score;
    },
    get patience() {
      return score + 1;
    },
    wasLate(since) {
      // The beat that tells of a lapse may itself still be waiting in the queue.
      look();
      return lapse !== undefined && lapse.at >= since;
    },
    get lapse() {
      return lapse;
    },
    stop,
  };
}
