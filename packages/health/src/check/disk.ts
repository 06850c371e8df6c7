import { statfs } from 'node:fs/promises';
import { asking, broken, type Found } from './asking.ts';
import { bounds, graded, type Bounds } from './bounds.ts';
import type { Look } from './outcome.ts';

export interface DiskCheck extends Bounds {
  /** Any path on the file system in question. */
  readonly path: string;
}

/**
 * Well while a file system has room for us. The share in use is counted as df(1) does: blocks
 * kept for root are not free. `warn` from 0.85, `fail` from 0.95, when not given.
 */
export function disk(check: DiskCheck): Look {
  const limits = bounds(check, { warn: 0.85, fail: 0.95 });
  return asking(async (): Promise<Found> => {
    const { blocks, bfree, bavail, bsize, files, ffree } = await statfs(check.path);
    const used = blocks - bfree;
    const utilization = used + bavail === 0 ? 0 : used / (used + bavail);
    // A disk with room and no inode left takes no file either; some file systems count none.
    const inodes = files === 0 ? 0 : 1 - ffree / files;
    return {
      ...graded(Math.max(utilization, inodes), limits, inodes > utilization ? 'inodes' : 'disk'),
      measured: [
        { name: 'utilization', value: Math.round(utilization * 1000) / 10, unit: 'percent' },
        { name: 'free', value: bavail * bsize, unit: 'bytes' },
      ],
    };
  }, broken);
}
