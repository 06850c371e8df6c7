/** What runs in the thread of `thread.ts`. Imported anywhere else it does nothing. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../clock.ts';
import { fit, isAllowed, notAllowed } from './method.ts';
import { askedBy, respond } from './node.ts';
import { refusal, type Reply } from './reply.ts';

/** This very file, whatever it was compiled to. */
export const threadUrl: URL = new URL(import.meta.url);

export interface ThreadData {
  readonly isProbeThread: true;
  readonly port: number;
  readonly host: string | undefined;
  /** When the loop last turned, in monotonic milliseconds, which are the same in every thread. */
  readonly beat: BigInt64Array;
  readonly warnMs: number;
  readonly unreadyMs: number;
  readonly deadMs: number;
}

/** What the loop had to say about one path when it last turned. */
export interface Notice {
  readonly view: string;
  readonly reply: Reply;
}

/** The notices by path. */
export type Bulletin = ReadonlyMap<string, Notice>;

if (parentPort !== null && (workerData as ThreadData | null)?.isProbeThread === true) {
  serve(parentPort, workerData as ThreadData);
}

function serve(parent: MessagePort, data: ThreadData): void {
  let bulletin: Bulletin = new Map();
  parent.on('message', (news: Bulletin) => {
    bulletin = news;
  });
  const server = createServer((request, response) => {
    const asked = askedBy(request);
    const path = asked.url.split('?', 1)[0] ?? '';
    const notice = bulletin.get(path) ?? bulletin.get(path.replace(/\/$/, ''));
    if (notice === undefined) return respond(response, refusal(404, 'not_found'));
    if (!isAllowed(asked)) return respond(response, notAllowed);
    const stalledMs = systemClock.now() - Number(Atomics.load(data.beat, 0));
    respond(
      response,
      fit(stalledMs < data.warnMs ? notice.reply : stalled(notice, stalledMs, data), asked),
    );
  });
  server.listen(data.port, data.host, () => {
    parent.postMessage((server.address() as AddressInfo).port);
  });
}

/** What is to be said while the loop stands still: a fact of this moment, added to what it said last. */
function stalled({ view, reply }: Notice, stalledMs: number, data: ThreadData): Reply {
  const limit = view === 'liveness' ? data.deadMs : data.unreadyMs;
  const isOver = view !== 'startup' && stalledMs >= limit;
  if (!isOver && reply.status !== 200) return reply;
  const body = JSON.stringify({
    status: isOver ? 'unhealthy' : 'degraded',
    reason: 'loop_stalled',
    stalledMs: Math.round(stalledMs),
  });
  return {
    status: isOver ? 503 : 200,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'no-store',
      age: String(Math.floor(stalledMs / 1000)),
    },
    body,
  };
}
