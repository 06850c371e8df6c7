import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { withoutInterim } from './interim.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\nx: y\r\n\r\n';
const HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** What is read of pieces that come one by one, after a request was sent. */
function read(pieces: readonly string[], mostBytes = 1000): string {
  const stream = new PassThrough();
  const socket = stream as unknown as Socket;
  withoutInterim(socket, mostBytes);
  channel('undici:client:sendHeaders').publish({ socket });
  let text = '';
  for (const piece of pieces) {
    stream.write(piece, 'latin1');
    for (let got = socket.read() as Buffer | null; got !== null; got = socket.read()) {
      text += got.toString('latin1');
    }
  }
  return text;
}

describe('interim answers', () => {
  it('are taken out wherever their bytes are split', () => {
    const all = `${CONTINUE}HTTP/1.1 102 Processing\r\n\r\n${HINTS}${CONTINUE}${OK}${CONTINUE}`;
    for (let at = 1; at < all.length; at += 1) {
      expect(read([all.slice(0, at), all.slice(at)])).toBe(`${HINTS}${OK}${CONTINUE}`);
    }
    expect(read(all.split(''))).toBe(`${HINTS}${OK}${CONTINUE}`);
  });

  it.each([
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'],
    ['no HTTP', 'SSH-2.0'],
    ['a status of two digits', 'HTTP/1.1 10 \r\n\r\n'],
    ['another version', 'HTTP/2.0 100 Continue\r\n\r\n'],
  ])('%s is none', (_name, text) => {
    expect(read([text])).toBe(text);
    expect(read(text.split(''))).toBe(text);
  });

  it('are left to who reads when they are longer than a head may be', () => {
    const long = `HTTP/1.1 100 Continue\r\nx: ${'y'.repeat(100)}`;
    expect(read([long, long], 200)).toBe(long + long);
  });
});
