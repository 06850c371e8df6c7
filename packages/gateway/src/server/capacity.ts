import { readFileSync } from 'node:fs';

/** Open files for the store, the spool, threads, listeners, and operators that look. */
const RESERVED = 128;

/** Calls at once where the operator wants no other number. */
const USUAL_CALLS = 10_000;

/** How much may be open at once. */
export interface Capacity {
  /** Requests. */
  readonly calls: number;
  /** Connections of callers; some of them wait for an answer that refuses. */
  readonly connections: number;
}

/**
 * As much as is asked for, and as the system's limit of open files allows: a call takes one for its
 * caller and one for its provider, and what is left over answers those that are refused. Without room
 * of their own, the store and the log would be the first to fail where callers take all there are.
 *
 * @param files what one process may have open; undefined where nobody says
 */
export function capacityOf(wanted: number | undefined, files: number | undefined): Capacity {
  const maxConnections = wanted ?? USUAL_CALLS;
  const connections = maxConnections * 2;
  if (files === undefined) return { calls: maxConnections, connections };
  const room = Math.max(16, files - RESERVED);
  return {
    calls: Math.min(maxConnections, Math.floor(room * 0.35)),
    connections: Math.min(connections, Math.floor(room * 0.6)),
  };
}

/** What this process may have open; undefined where the system does not say it in a file (proc(5)). */
export function openFilesLimit(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
