import * as http from 'node:http';
import * as https from 'node:https';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import {
  ApiFailure,
  playEvents,
  writeAs,
  type Body,
  type PlayEvent,
} from '@vitalgate/contract/api';
import type { Handlers } from './asked.ts';

/** More is cut off: a page could not show it. */
const MOST_BYTES = 2 * 1024 ** 2;
/** A model that thinks longer is not being played with. */
const MOST_MS = 120_000;

/**
 * Calls the gateway's own listener as a client would: with a client's key, through the whole
 * pipeline. It goes to no other address, so it is no second way out.
 */
export function playgroundHandlers(gatewayUrl: () => string): Handlers {
  return {
    'POST /api/playground': ({ body }) => send(new URL(body.path, gatewayUrl()), body),
  };
}

async function send(url: URL, { key, body }: Body<'POST /api/playground'>): Promise<Readable> {
  const began = performance.now();
  const answer = await ask(url, key, body);
  const told = new PassThrough();
  // Whoever asked has left: the model need not go on. `Readable.from` would not close before the
  // next piece, which a model that has fallen silent never sends.
  told.once('close', () => answer.destroy());
  // What fails here is the line to whoever asked, and nobody is left to be told.
  pipeline(tell(answer, began), told, () => {});
  return told;
}

async function* tell(answer: http.IncomingMessage, began: number): AsyncGenerator<string> {
  const since = (): number => Math.round((performance.now() - began) * 10) / 10;
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
  );
  yield eventOf({ name: 'head', data: { status: answer.statusCode ?? 0, headers } });
  const decoder = new TextDecoder();
  let bytes = 0;
  let complete = false;
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > MOST_BYTES) break;
      const text = decoder.decode(piece, { stream: true });
      yield eventOf({ name: 'piece', data: { atMs: since(), text } });
    }
    complete = answer.complete && bytes <= MOST_BYTES;
  } catch {
    // It broke off: what had come until then is told, as not complete.
  }
  yield eventOf({ name: 'end', data: { complete, bytes, totalMs: since() } });
}

/** JSON has no line break of its own, so one `data:` line holds it. */
const eventOf = ({ name, data }: PlayEvent): string =>
  `event: ${name}\ndata: ${JSON.stringify(writeAs(playEvents[name], data))}\n\n`;

function ask(url: URL, key: string, body: string): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http;
    const asking = request(
      url,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        // Our own listener, reached by its address: its certificate names what callers dial.
        rejectUnauthorized: false,
        signal: AbortSignal.timeout(MOST_MS),
      },
      resolve,
    );
    asking.once('error', () =>
      reject(new ApiFailure('unavailable', 'the gateway listener does not answer')),
    );
    asking.end(body);
  });
}
