import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { DialectName, Operation } from '@vitalgate/dialects';
import { routeTable } from '../../packages/gateway/src/server/routes.ts';
import { saying } from './speaker.ts';
import type { Script } from './upstream.ts';

/** A way to ask a model. */
export interface Asked {
  readonly path: string;
  readonly dialect: DialectName;
  readonly operation: Operation;
  readonly stream: boolean;
}

/** Every route that asks a model, and both ways where it has two. */
export const asked: readonly Asked[] = routeTable.flatMap(
  ({ method, path, dialect = 'openai-chat', operation, streamed }) => {
    const talks = operation === 'chat' || operation === 'completions';
    const ways = streamed === undefined && talks ? [false, true] : [streamed ?? false];
    const named = path.replace('{model}', 'chat');
    return method === 'POST' && operation !== 'models'
      ? ways.map((stream) => ({ path: named, dialect, operation, stream }))
      : [];
  },
);

/** Says the first half of a stream, and of anything else nothing, until it is told to go on. */
export const saysHalf =
  (mayGoOn: Promise<void>): Script =>
  async (received, response) => {
    const pieces: (string | Buffer)[] = [];
    const kept = {
      writeHead: (status: number, head: OutgoingHttpHeaders) => response.writeHead(status, head),
      write: (piece: string | Buffer) => pieces.push(piece) > 0,
      end: (piece?: string | Buffer) => piece === undefined || kept.write(piece),
    };
    await saying(() => ({ pieces: ['well begun, ', 'half done'] }))(
      received,
      kept as unknown as ServerResponse,
    );
    const half = Math.max(
      0,
      pieces.findIndex((piece) => piece.includes('half done')),
    );
    for (const piece of pieces.slice(0, half)) response.write(piece);
    await mayGoOn;
    for (const piece of pieces.slice(half)) response.write(piece);
    response.end();
  };
