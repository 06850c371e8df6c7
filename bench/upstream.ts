/**
 * The model provider and the HTTP API of the bench, a process of its own: answers requests of Chat
 * Completions and of Messages and `/shop/…` at once from prebuilt bytes, streamed ones with an endless
 * stream of stamped chunks, one per interval, and `/shop/bulk/BYTES` with so many.
 * `node upstream.ts INTERVAL_MS`; prints its port; ends when its standard input does.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { MessageReader } from './http-message.ts';
import {
  chat,
  type Dialect,
  messages,
  modelsAnswer,
  orderAnswer,
  pageAnswer,
  stampedChunk,
} from './payloads.ts';
import { monotonicMicros } from './stamp.ts';

const intervalMicros = Number(process.argv[2]) * 1000;
/** Enough of a body to find `"stream":true` in: streamed requests of the bench are small. */
const PEEK_BYTES = 8192;
/** Spreads the streams evenly over an interval, however many there are (golden ratio). */
const PHASE_STEP = 0.618_033_988_749_895;

interface Stream {
  readonly socket: Socket;
  readonly dialect: Dialect;
  dueMicros: number;
}

const streams = new Set<Stream>();
let opened = 0;

function openStream(socket: Socket, dialect: Dialect): void {
  socket.write(dialect.streamHead);
  const phase = (opened++ * PHASE_STEP) % 1;
  const stream = { socket, dialect, dueMicros: monotonicMicros() + phase * intervalMicros };
  streams.add(stream);
  socket.once('close', () => streams.delete(stream));
}

function writeDueChunks(): void {
  for (const stream of streams) {
    const now = monotonicMicros();
    if (stream.dueMicros > now) continue;
    stream.dueMicros += intervalMicros;
    stream.socket.write(stampedChunk(stream.dialect, now));
  }
}

const PIECE = Buffer.alloc(64 * 1024, 'vitalgate ');

/** Writes so many bytes, no faster than they are taken. */
function pour(socket: Socket, bytes: number): void {
  socket.write(
    `HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: ${bytes}\r\n\r\n`,
  );
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
      left -= piece.length;
      if (socket.write(piece)) continue;
      socket.once('drain', more);
      return;
    }
  };
  more();
}

function serveShop(socket: Socket, path: string): void {
  const bytes = /^\/bulk\/(\d+)$/.exec(path)?.[1];
  if (bytes !== undefined) pour(socket, Number(bytes));
  else socket.write(path === '/page' ? pageAnswer : orderAnswer);
}

function dialectOf(head: string): Dialect | undefined {
  if (!head.startsWith('POST ')) return undefined;
  return [chat, messages].find(({ path }) => head.includes(`${path} `));
}

function serve(socket: Socket): void {
  let dialect: Dialect | undefined;
  let shop: string | undefined;
  let peeked = '';
  const reader = new MessageReader('request', {
    head(text) {
      dialect = dialectOf(text);
      shop = /^[A-Z]+ \/shop(\S*) /.exec(text)?.[1];
      peeked = '';
    },
    body(bytes, start, end) {
      if (dialect !== undefined && peeked.length < PEEK_BYTES) {
        peeked += bytes.toString('latin1', start, Math.min(end, start + PEEK_BYTES));
      }
    },
    end() {
      if (shop !== undefined) serveShop(socket, shop);
      else if (dialect === undefined) socket.write(modelsAnswer);
      else if (peeked.includes('"stream":true')) openStream(socket, dialect);
      else socket.write(dialect.answer);
    },
  });
  socket.setNoDelay(true);
  socket.on('data', (bytes) => reader.feed(bytes));
  // A gateway that is stopped, or gives up, resets its connections: nothing to tell.
  socket.on('error', () => socket.destroy());
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', 8192, () => {
  console.log(`port ${(server.address() as AddressInfo).port}`);
});
setInterval(writeDueChunks, 1);
process.stdin.resume().on('end', () => process.exit(0));
