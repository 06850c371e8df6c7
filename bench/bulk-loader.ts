/**
 * Moves one large body up or down through a gateway, a process of its own.
 * `node bulk-loader.ts JSON` with a BulkTask; prints a BulkReport as JSON.
 */
import { connect } from 'node:net';
import { usageOf } from './cpu.ts';
import { MessageReader } from './http-message.ts';
import { headOf } from './payloads.ts';
import { monotonicMicros } from './stamp.ts';

export interface BulkTask {
  readonly port: number;
  readonly headers: Record<string, string>;
  readonly direction: 'up' | 'down';
  readonly bytes: number;
  /** Moved first, unmeasured. */
  readonly warmUpBytes: number;
  /** Whose CPU time to read at both ends. */
  readonly pid?: number;
}

export interface BulkReport {
  readonly failed: number;
  readonly firstFailure?: string;
  readonly wallMicros: number;
  readonly gateway?: { readonly cpuMicros: number; readonly residentBytes: number };
}

const PIECE = Buffer.alloc(64 * 1024, 'vitalgate ');
const task = JSON.parse(process.argv[2] ?? '') as BulkTask;

/** Resolves with what went wrong, if anything did. */
function move(bytes: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const { port, headers, direction } = task;
  const isUp = direction === 'up';
  let received = 0;
  let answered = '';
  const reader = new MessageReader('response', {
    head: (text) => (answered = text),
    body: (_bytes, start, end) => (received += end - start),
    end() {
      socket.destroy();
      const isWell = answered.startsWith('HTTP/1.1 200 ') && (isUp || received === bytes);
      resolve(isWell ? undefined : `${received} bytes after ${answered}`);
    },
  });
  const inbox = Buffer.allocUnsafe(256 * 1024);
  const socket = connect({
    host: '127.0.0.1',
    port,
    noDelay: true,
    onread: {
      buffer: inbox,
      callback(length) {
        reader.feed(inbox, length);
        return true;
      },
    },
  });
  socket.on('error', (error) => resolve(error.message));
  socket.on('end', () => resolve('closed by the peer'));
  let left = isUp ? bytes : 0;
  const pour = (): void => {
    while (left > 0) {
      const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
      left -= piece.length;
      if (socket.write(piece)) continue;
      socket.once('drain', pour);
      return;
    }
  };
  socket.write(
    isUp
      ? headOf('PUT', '/shop/bulk', port, { ...headers, 'content-length': String(bytes) })
      : headOf('GET', `/shop/bulk/${bytes}`, port, headers),
  );
  pour();
  return promise;
}

const early = await move(task.warmUpBytes);
const before = task.pid === undefined ? undefined : usageOf(task.pid);
const began = monotonicMicros();
const firstFailure = early ?? (await move(task.bytes));
const wallMicros = monotonicMicros() - began;
const after = task.pid === undefined ? undefined : usageOf(task.pid);
const report: BulkReport = {
  failed: firstFailure === undefined ? 0 : 1,
  ...(firstFailure === undefined ? {} : { firstFailure }),
  wallMicros,
  ...(before === undefined || after === undefined
    ? {}
    : {
        gateway: {
          cpuMicros: after.cpuMicros - before.cpuMicros,
          residentBytes: after.residentBytes,
        },
      }),
};
process.stdout.write(JSON.stringify(report), () => process.exit(0));
