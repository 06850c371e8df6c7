import { stat } from 'node:fs/promises';
import { systemClock, type Clock } from '../clock.ts';
import { asking, broken, type Found } from './asking.ts';
import type { Look } from './outcome.ts';

export interface FileCheck {
  readonly path: string;
  /** How long ago it may have been written at most, in milliseconds. */
  readonly maxAgeMs?: number;
  /** How large it must be at least, in bytes. */
  readonly minBytes?: number;
  readonly clock?: Clock;
}

/** Well while a file is there, fresh and not empty where that is asked: a backup, a mounted secret. */
export function file(check: FileCheck): Look {
  const { path, maxAgeMs = Infinity, minBytes = 0, clock = systemClock } = check;
  return asking(async (): Promise<Found> => {
    const { mtimeMs, size } = await stat(path);
    const ageMs = Math.max(0, clock.wall() - mtimeMs);
    const measured = [
      { name: 'age', value: Math.round(ageMs / 1000), unit: 's' },
      { name: 'size', value: size, unit: 'bytes' },
    ];
    if (ageMs > maxAgeMs) return { status: 'fail', reason: 'file_old', measured };
    if (size < minBytes) return { status: 'fail', reason: 'file_short', measured };
    return { status: 'pass', measured };
  }, broken);
}
