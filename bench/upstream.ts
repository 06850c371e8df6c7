/**
 * The model provider of the bench, a process of its own: answers chat requests at once from
 * prebuilt bytes, and streamed ones with an endless stream of stamped chunks, one per interval.
 * `node upstream.ts INTERVAL_MS`; prints its port; ends when its standard input does.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { MessageReader } from './http-message.ts';
import { chatAnswer, modelsAnswer, stampedChunk, streamHead } from './payloads.ts';
import { monotonicMicros } from './stamp.ts';

const intervalMicros = Number(process.argv[2]) * 1000;
/** Enough of a body to find `"stream":true` in: streamed requests of the bench are small. */
const PEEK_BYTES = 8192;
/** Spreads the streams evenly over an interval, however many there are (golden ratio). */
const PHASE_STEP = 0.618_033_988_749_895;

interface Stream {
  readonly socket: Socket;
  dueMicros: number;
}

const streams = new Set<Stream>();
let opened = 0;

function openStream(socket: Socket): void {
  socket.write(streamHead);
  const phase = (opened++ * PHASE_STEP) % 1;
  const stream = { socket, dueMicros: monotonicMicros() + phase * intervalMicros };
  streams.add(stream);
  socket.once('close', () => streams.delete(stream));
}

function writeDueChunks(): void {
  for (const stream of streams) {
    const now = monotonicMicros();
    if (stream.dueMicros > now) continue;
    stream.dueMicros += intervalMicros;
    stream.socket.write(stampedChunk(now));
  }
}

function serve(socket: Socket): void {
  let isChat = false;
  let peeked = '';
  const reader = new MessageReader('request', {
    head(text) {
      isChat = text.startsWith('POST ') && text.includes('/chat/completions ');
      peeked = '';
    },
    body(bytes, start, end) {
      if (peeked.length < PEEK_BYTES) {
        peeked += bytes.toString('latin1', start, Math.min(end, start + PEEK_BYTES));
      }
    },
    end() {
      if (!isChat) socket.write(modelsAnswer);
      else if (peeked.includes('"stream":true')) openStream(socket);
      else socket.write(chatAnswer);
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
