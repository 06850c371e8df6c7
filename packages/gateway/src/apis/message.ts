import type { Http2ServerRequest } from 'node:http2';
import type { ApiAdmitted } from '../request/exchange.ts';

/** Whether a request has a body, as its head tells it. */
export function hasBody({ request, headers }: Pick<ApiAdmitted, 'request' | 'headers'>): boolean {
  if (request.httpVersionMajor === 2) {
    return !(request as unknown as Http2ServerRequest).stream.endAfterHeaders;
  }
  return (headers.contentLength ?? 0) > 0 || request.headers['transfer-encoding'] !== undefined;
}

/** Whether bytes with this `content-encoding` can be read as they are. */
export const isPlain = (contentEncoding: string | undefined): boolean =>
  contentEncoding === undefined || contentEncoding === 'identity';
