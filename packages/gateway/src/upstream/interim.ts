import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { DiagnosticsChannel } from 'undici';

/** As long as a status line is up to its status. */
const STATUS_LINE = 'HTTP/1.1 100';
/** An interim answer (RFC 9110, section 15.2) that is not the last on its connection in HTTP. */
const INTERIM = /^HTTP\/1\.[01] 1(?!01)\d\d$/;
const EARLY_HINTS = /103$/;
const END = '\r\n\r\n';

interface Reading {
  /** The next bytes are the start of a head: a request was sent, and its answer has not begun. */
  isAtHead: boolean;
  /** The first bytes of a head that may turn out to be an interim one. */
  held: Buffer | undefined;
}

const readings = new WeakMap<Socket, Reading>();

subscribe('undici:client:sendHeaders', (message) => {
  const reading = readings.get((message as DiagnosticsChannel.ClientSendHeadersMessage).socket);
  if (reading === undefined) return;
  reading.isAtHead = true;
  reading.held = undefined;
});

/**
 * Takes interim answers nobody asked for, all but 103, out of what a socket reads. A client must be able
 * to read any number of them before the answer (RFC 9110, section 15.2); undici ends the connection at a
 * 100. Only where an answer may begin: bytes of a body that look the same are left alone.
 * @param mostBytes a longer head is left to who reads, whose limit it is
 */
export function withoutInterim(socket: Socket, mostBytes: number): void {
  const reading: Reading = { isAtHead: false, held: undefined };
  readings.set(socket, reading);
  const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
  socket.read = (size?: number): Buffer | null => {
    for (;;) {
      const chunk = read(size);
      if (chunk === null || !reading.isAtHead) return chunk;
      const left = takeInterim(reading, chunk, mostBytes);
      if (left.length > 0) return left;
    }
  };
}

function takeInterim(reading: Reading, chunk: Buffer, mostBytes: number): Buffer {
  const bytes = reading.held === undefined ? chunk : Buffer.concat([reading.held, chunk]);
  reading.held = undefined;
  const passed: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = bytes.toString('latin1', at, at + STATUS_LINE.length);
    const isInterim = INTERIM.test(start + STATUS_LINE.slice(start.length));
    const end = isInterim ? bytes.indexOf(END, at, 'latin1') : -1;
    if (isInterim && end === -1 && bytes.length - at < mostBytes) {
      reading.held = bytes.subarray(at);
      return Buffer.concat(passed);
    }
    if (end === -1) {
      reading.isAtHead = false;
      break;
    }
    if (EARLY_HINTS.test(start)) passed.push(bytes.subarray(at, end + END.length));
    at = end + END.length;
  }
  if (at === 0) return bytes;
  return Buffer.concat([...passed, bytes.subarray(at)]);
}
