import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a process and all its descendants have used. Linux only: it reads /proc (proc_pid_stat(5)). */
export interface Usage {
  /** User and system time since each process started, in microseconds. */
  readonly cpuMicros: number;
  /** Resident memory now, in bytes; memory shared between processes counts in each. */
  readonly residentBytes: number;
}

const microsPerTick = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** @throws when the process is gone. */
export function usageOf(pid: number): Usage {
  let cpuMicros = 0;
  let residentBytes = 0;
  for (const member of treeOf(pid)) {
    cpuMicros += cpuTicks(member) * microsPerTick;
    residentBytes += residentKilobytes(member) * 1024;
  }
  return { cpuMicros, residentBytes };
}

function treeOf(pid: number): number[] {
  const tree = [pid];
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim();
    if (children === '') continue;
    for (const child of children.split(' ')) tree.push(...treeOf(Number(child)));
  }
  return tree;
}

function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name may hold spaces and brackets; fields are counted from its last bracket, at field 2.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[14 - 3]) + Number(fields[15 - 3]);
}

function residentKilobytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(line?.[1] ?? 0);
}
