import { refusal, type Reply } from './reply.ts';

/** A request, whatever server it came in by. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly header: (name: string) => string | undefined;
}

const allow = 'GET, HEAD, OPTIONS';
const methods = new Set(allow.split(', '));

export const notAllowed: Reply = refusal(405, 'method_not_allowed', { allow });

export function isAllowed({ method }: Asked): boolean {
  return methods.has(method);
}

/** The reply as the method wants it: the same code always, so that no prober is misled. */
export function fit(reply: Reply, asked: Asked): Reply;
export function fit(reply: Reply | undefined, asked: Asked): Reply | undefined;
export function fit(reply: Reply | undefined, { method, header }: Asked): Reply | undefined {
  if (reply === undefined) return undefined;
  const { headers, status } = reply;
  if (method === 'OPTIONS') {
    return { status, headers: { ...headers, allow, 'content-length': '0' }, body: '' };
  }
  const etag = headers['etag'];
  const isKnown = etag !== undefined && header('if-none-match')?.split(/,\s*/).includes(etag);
  if (isKnown === true && status === 200) {
    const { 'content-length': _length, 'content-type': _type, ...kept } = headers;
    return { status: 304, headers: kept, body: '' };
  }
  return method === 'HEAD' ? { ...reply, body: '' } : reply;
}
