import * as http from 'node:http';
import * as https from 'node:https';
import { ApiFailure, type Answer, type Body } from '@vitalgate/contract/api';
import type { Handlers } from './asked.ts';

type Told = Answer<'POST /api/playground'>;

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

async function send(url: URL, { key, body }: Body<'POST /api/playground'>): Promise<Told> {
  const began = performance.now();
  const since = (): number => Math.round((performance.now() - began) * 10) / 10;
  const answer = await ask(url, key, body);
  const pieces: Told['pieces'] = [];
  const decoder = new TextDecoder();
  let bytes = 0;
  let complete = false;
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > MOST_BYTES) break;
      pieces.push({ atMs: since(), text: decoder.decode(piece, { stream: true }) });
    }
    complete = answer.complete;
  } catch {
    // It broke off: what had come until then is told, as not complete.
  } finally {
    answer.destroy();
  }
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
  );
  return { status: answer.statusCode ?? 0, headers, pieces, complete, bytes, totalMs: since() };
}

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
