import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The core that the gateway has to itself; loader and upstream share one where there are but two. */
export interface Cores {
  readonly gateway: number;
  readonly upstream: number;
  readonly loader: number;
}

/** Of util-linux, on every Debian. */
const pinningTool = 'taskset';

/** What to write before a command so that it runs on that core alone. */
export function pinTo(core: number): string[] {
  return [pinningTool, '-c', String(core)];
}

/** Undefined where nothing can be pinned: a single core, or no tool to pin with. */
export function findCores(): Cores | undefined {
  const [gateway, upstream, loader = upstream] = allowedCores();
  if (gateway === undefined || upstream === undefined || loader === undefined) return undefined;
  if (spawnSync(pinningTool, ['--version']).status !== 0) return undefined;
  return { gateway, upstream, loader };
}

function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync('/proc/self/status', 'latin1'));
  return (list?.[1] ?? '').split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
