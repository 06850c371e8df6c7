import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { asking, broken, type Found } from './asking.ts';
import { bounds, graded, type Bounds } from './bounds.ts';
import type { Look } from './outcome.ts';

export interface MemoryCheck extends Bounds {
  /** Where `/proc` and `/sys` are found; `/` when not given. */
  readonly root?: string;
}

interface Usage {
  readonly used: number;
  readonly limit: number;
}

/**
 * Well while there is memory left before the kernel or V8 ends this process: the control group's
 * working set against its limit (cgroup v2, the way the kubelet counts) or, without a limit, the
 * machine's; and the JavaScript heap against its own. `warn` from 0.85, `fail` from 0.95.
 */
export function memory(check: MemoryCheck = {}): Look {
  const limits = bounds(check, { warn: 0.85, fail: 0.95 });
  return asking(async (): Promise<Found> => {
    const { used, limit } = (await ofControlGroup(check.root ?? '/')) ?? ofMachine();
    const { used_heap_size: heap, heap_size_limit: heapLimit } = getHeapStatistics();
    const isHeap = heap / heapLimit > used / limit;
    return {
      ...graded(Math.max(used / limit, heap / heapLimit), limits, isHeap ? 'heap' : 'memory'),
      measured: [
        { name: 'utilization', value: percent(used / limit), unit: 'percent' },
        { name: 'used', value: used, unit: 'bytes' },
        { name: 'limit', value: limit, unit: 'bytes' },
        { name: 'heapUtilization', value: percent(heap / heapLimit), unit: 'percent' },
      ],
    };
  }, broken);
}

/** Undefined without cgroup v2 or without a limit on the way up from our own group. */
async function ofControlGroup(root: string): Promise<Usage | undefined> {
  const groups = await readFile(join(root, 'proc/self/cgroup'), 'utf8').catch(() => '');
  const own = /^0::(\/.*)$/m.exec(groups)?.[1];
  if (own === undefined) return undefined;
  let tightest: Usage | undefined;
  for (let path = own; ; path = join(path, '..')) {
    const usage = await ofGroup(join(root, 'sys/fs/cgroup', path));
    const isTighter = usage !== undefined && usage.used / usage.limit > ratio(tightest);
    if (isTighter) tightest = usage;
    if (path === '/') return tightest;
  }
}

async function ofGroup(folder: string): Promise<Usage | undefined> {
  try {
    const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
    const limit = Number(await read('memory.max'));
    if (Number.isNaN(limit)) return undefined; // "max"
    const current = Number(await read('memory.current'));
    // The kernel gives these pages back before it kills anybody.
    const inactive = Number(/^inactive_file (\d+)$/m.exec(await read('memory.stat'))?.[1] ?? 0);
    return { used: Math.max(0, current - inactive), limit };
  } catch {
    return undefined;
  }
}

const ratio = (usage: Usage | undefined): number => (usage ? usage.used / usage.limit : -1);

function ofMachine(): Usage {
  const limit = totalmem();
  return { used: limit - Math.min(limit, process.availableMemory()), limit };
}

const percent = (share: number): number => Math.round(share * 1000) / 10;
