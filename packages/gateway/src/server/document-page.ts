import type { IncomingMessage, ServerResponse } from 'node:http';
import { callerAddress, permits } from '../access/networks.ts';
import { pageFiles, pageHead } from '../documents/page.ts';
import type { Running } from '../running.ts';

/**
 * Answers with a file of the page of documents; false where the path is none of them. They are the
 * same for everybody who may call from where they are, and tell nothing: what there is comes with a key.
 */
export function answerPage(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  running: Running,
): boolean {
  const file = pageFiles.get(path);
  if (file === undefined) return false;
  const { method, socket, headers } = request;
  const told = headers['x-forwarded-for'];
  const forwarded = Array.isArray(told) ? told.join(',') : told;
  const address = callerAddress(socket.remoteAddress ?? '', forwarded, running.trustedProxies);
  if (address === undefined || !permits(running.rules.gateway, address))
    return end(response, 403, []);
  if (method !== 'GET' && method !== 'HEAD') return end(response, 405, ['allow', 'GET, HEAD']);
  const { type, text } = file;
  const length = String(Buffer.byteLength(text));
  const head = ['content-type', type, 'content-length', length, 'cache-control', 'no-cache'];
  return end(response, 200, [...head, ...pageHead], method === 'HEAD' ? '' : text);
}

function end(response: ServerResponse, status: number, head: readonly string[], text = ''): true {
  response.writeHead(status, [...head]);
  response.end(text);
  return true;
}
