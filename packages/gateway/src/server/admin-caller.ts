import { ApiFailure } from '@vitalgate/contract/api';
import type { FastifyRequest } from 'fastify';
import { callerAddress, contains } from '../access/networks.ts';
import type { Running } from '../running.ts';

/** Where a request to the admin listener comes from, as far as trusted proxies may say. */
export interface Origin {
  readonly address: string;
  /** It came over TLS to a proxy that we trust. */
  readonly isSecure: boolean;
  /** Such as `https://console.example.com`. */
  readonly origin: string;
}

export function originOf(request: FastifyRequest, { trustedProxies, config }: Running): Origin {
  const peer = request.socket.remoteAddress ?? '';
  const { headers } = request;
  const forwarded = headers['x-forwarded-for'];
  const isProxied = contains(trustedProxies, peer);
  const address = callerAddress(peer, forwarded?.toString(), trustedProxies) ?? peer;
  const isSecure = isProxied && headers['x-forwarded-proto'] === 'https';
  const seen = `${isSecure ? 'https' : 'http'}://${headers.host ?? ''}`;
  return { address, isSecure, origin: config.console.url?.origin ?? seen };
}

/**
 * Refuses what a page of another site has made a browser send. Browsers say where a request comes
 * from (Fetch Metadata, w3.org/TR/fetch-metadata; Origin, RFC 6454), and no page can lie about it;
 * programs say nothing, and have no cookie that could be abused. `SameSite=Strict` keeps the
 * cookie away from such requests too: this stands even where a browser does not know it.
 *
 * @throws {ApiFailure} `cross_site`
 */
export function refuseCrossSite(request: FastifyRequest, origin: string): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const { headers } = request;
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return;
  const isSame = headers.origin === origin || headers.origin === `http://${headers.host ?? ''}`;
  const isProgram = site === undefined && headers.origin === undefined;
  if (isProgram ? headers.cookie === undefined : site === undefined && isSame) return;
  throw new ApiFailure('cross_site', 'this came from a page of another site');
}
