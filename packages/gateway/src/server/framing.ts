import type { IncomingMessage } from 'node:http';
import { Failure } from '@vitalgate/contract';

/**
 * The target with the path first. A client that takes us for its proxy writes the whole URL (RFC 9112,
 * section 3.2.2), which means the same as long as it names the host that `host` does.
 */
export function targetOf({ url = '/', headers }: IncomingMessage): string {
  if (url.startsWith('/')) return url;
  const [, authority, rest] = /^https?:\/\/([^/?#]*)((?:[/?][^#]*)?)$/i.exec(url) ?? [];
  if (rest === undefined || authority?.toLowerCase() !== headers.host?.toLowerCase()) return url;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** What node:http lets through although two readers could disagree about it. */
export function badFraming(request: IncomingMessage): Failure | undefined {
  const coding = request.headers['transfer-encoding'];
  if (request.httpVersionMajor === 1 && request.httpVersionMinor === 0) {
    // RFC 9112, section 6.1: a 1.0 message with Transfer-Encoding has faulty framing.
    return coding === undefined
      ? undefined
      : new Failure('invalid_request', 'found transfer-encoding in an HTTP/1.0 request');
  }
  // RFC 9112, section 6.1: whoever reads on would take coded bytes for the body.
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') {
    return new Failure('invalid_request', 'found a transfer coding besides chunked; send none');
  }
  // RFC 9112, section 3.2: a 1.1 request has one Host, and it is a host (RFC 3986, section 3.2.2).
  const { host } = request.headers;
  return host !== undefined && HOST.test(host)
    ? undefined
    : new Failure('invalid_request', 'found no valid Host header');
}

const HOST = /^(?:[\w.~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
