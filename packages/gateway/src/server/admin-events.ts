import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../admin/asked.ts';
import type { Live } from '../admin/live.ts';
import type { Clock } from '@vitalgate/health';

/** Proxies close what is silent; and whoever may not listen any more is found out this soon. */
const LOOK_MS = 10_000;
/** A listener that does not read must not fill the memory. */
const MOST_BUFFERED = 1024 * 1024;

/** `GET /api/events`: server-sent events (html.spec.whatwg.org, section 9.2). */
export function tellEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  {
    actor,
    live,
    clock,
    only,
  }: { actor: Actor; live: Live; clock: Clock; only: string | undefined },
  /** Who it is now; undefined when they were signed out. */
  identify: () => Promise<Actor | undefined>,
): void {
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  reply.hijack();
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
  raw.write('retry: 1000\n\n');

  const wanted = only === undefined ? undefined : new Set(only.split(','));
  const lastId = Number(request.headers['last-event-id'] ?? Number.NaN);
  const stopListening = live.listen(
    actor,
    wanted,
    Number.isNaN(lastId) ? undefined : lastId,
    ({ id, name, data }) => {
      if (raw.writableLength > MOST_BUFFERED) {
        raw.destroy();
        return;
      }
      raw.write(`id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    },
  );
  const stopLooking = clock.every(LOOK_MS, () => {
    identify().then(
      (now) => {
        if (now?.role === actor.role && String(now.teams) === String(actor.teams)) {
          raw.write(': \n\n');
        } else raw.end();
      },
      () => raw.end(),
    );
  });
  raw.on('close', () => {
    stopListening();
    stopLooking();
  });
}
