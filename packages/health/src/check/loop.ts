import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { asking, broken, type Found } from './asking.ts';
import { bounds, graded, type Bounds } from './bounds.ts';
import type { Look } from './outcome.ts';

export interface LoopCheck extends Bounds {
  /** Utilisation from which on to warn, 0 to 1; 0.98 when not given. */
  readonly utilization?: number;
}

export interface LoopLook extends Look {
  /** Stops measuring. */
  readonly stop: () => void;
}

const RESOLUTION_MS = 20;

/**
 * Well while this process's event loop turns: the longest it stood still and the share of time it
 * was busy, each since the look before. (Over a whole life the share would hide a saturated loop
 * behind hours of idling.) `warn` from 1,000 ms, `fail` from 30,000 ms.
 */
export function loop(check: LoopCheck = {}): LoopLook {
  const limits = bounds(check, { warn: 1_000, fail: 30_000 });
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let before = performance.eventLoopUtilization();
  const look = asking(async (): Promise<Found> => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    // The histogram holds the time between two beats; what is beyond the beat is delay.
    const longest = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
    const p99 = Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS);
    delay.reset();
    const stalled = graded(longest, limits, 'loop_stall');
    const isBusy = stalled.status === 'pass' && utilization >= (check.utilization ?? 0.98);
    return {
      ...(isBusy ? ({ status: 'warn', reason: 'loop_busy' } as const) : stalled),
      measured: [
        { name: 'utilization', value: Math.round(utilization * 1000) / 10, unit: 'percent' },
        { name: 'longestStall', value: Math.round(longest), unit: 'ms' },
        { name: 'delayP99', value: Math.round(p99), unit: 'ms' },
      ],
    };
  }, broken);
  return Object.assign(look, { stop: () => void delay.disable() });
}
