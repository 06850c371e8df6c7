import type { IncomingMessage, ServerResponse } from 'node:http';
import { callerAddress, contains, permits } from '../access/networks.ts';
import type { Running } from '../running.ts';
import { badge } from '../status-page/badge.ts';
import { feed } from '../status-page/feed.ts';
import { htmlPage, PAGE_POLICY } from '../status-page/html.ts';
import type { StatusPage } from '../status-page/page.ts';
import type { StatusSnapshot } from '../status-page/snapshot.ts';

interface Told {
  readonly type: string;
  readonly body: string;
  readonly policy: string;
}

/** Other pages may show it and read it. */
const forEverybody = {
  'cache-control': 'public, max-age=30',
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
} as const;
/**
 * Where some networks alone may call, neither a cache between nor the page of a stranger, in a browser
 * that may, hands it on (RFC 9111, 5.2.2.7; Fetch, 3.7).
 */
const forSome = {
  'cache-control': 'private, max-age=30',
  'cross-origin-resource-policy': 'same-origin',
} as const;

const NOTHING = "default-src 'none'";
const BADGE = /^\/status\/badge\/([^/]+)\.svg$/;

export const isStatusPath = (path: string): boolean =>
  path === '/status' || path.startsWith('/status/');

/**
 * Answers the paths of the public status page, while it is on; otherwise `otherwise` does, as if
 * there were no such page.
 */
export function answerStatusPage(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  {
    page,
    running,
    otherwise,
  }: {
    readonly page: StatusPage;
    readonly running: Running;
    readonly otherwise: () => void;
  },
): void {
  page.show().then(
    (snapshot) => {
      if (snapshot !== undefined && !isPermitted(request, running)) {
        response.writeHead(403).end();
        return;
      }
      const told = snapshot && tell(path, snapshot, originOf(request, running));
      if (told === undefined) otherwise();
      else write(request, response, told, isForEverybody(running));
    },
    (error: unknown) => {
      running.log.warn(
        { err: error },
        'the status page cannot be shown: the store does not answer',
      );
      response.writeHead(503, { 'retry-after': '10', 'content-type': 'text/plain' });
      response.end('the status page cannot be shown at the moment\n');
    },
  );
}

function tell(path: string, snapshot: StatusSnapshot, origin: string): Told | undefined {
  switch (path) {
    case '/status':
    case '/status/':
      return { type: 'text/html; charset=utf-8', body: htmlPage(snapshot), policy: PAGE_POLICY };
    case '/status/data.json':
      return { type: 'application/json', body: `${JSON.stringify(snapshot)}\n`, policy: NOTHING };
    case '/status/feed.xml':
      return {
        type: 'application/rss+xml; charset=utf-8',
        body: feed(snapshot, `${origin}/status`),
        policy: NOTHING,
      };
  }
  const name = decoded(BADGE.exec(path)?.[1]);
  const route = snapshot.routes.find((one) => one.name === name);
  return route && { type: 'image/svg+xml; charset=utf-8', body: badge(route), policy: NOTHING };
}

/** Networks that may not call the gateway do not see its pages either. */
export function isPermitted({ socket, headers }: IncomingMessage, running: Running): boolean {
  const forwarded = headers['x-forwarded-for']?.toString();
  const address = callerAddress(socket.remoteAddress ?? '', forwarded, running.trustedProxies);
  return address !== undefined && permits(running.rules.gateway, address);
}

const isForEverybody = ({ rules: { gateway } }: Running): boolean =>
  gateway.allow.length === 0 && gateway.deny.length === 0;

/** As whoever asks sees it. */
function originOf({ socket, headers }: IncomingMessage, { trustedProxies }: Running): string {
  const isProxied = contains(trustedProxies, socket.remoteAddress ?? '');
  const isSecure = 'encrypted' in socket || (isProxied && headers['x-forwarded-proto'] === 'https');
  return `${isSecure ? 'https' : 'http'}://${headers.host ?? 'localhost'}`;
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function write(
  { method }: IncomingMessage,
  response: ServerResponse,
  told: Told,
  isPublic: boolean,
): void {
  const common = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { ...common, allow: 'GET, HEAD' });
    response.end();
    return;
  }
  response.writeHead(200, {
    ...common,
    'content-type': told.type,
    'content-length': Buffer.byteLength(told.body),
    'content-security-policy': told.policy,
    ...(isPublic ? forEverybody : forSome),
    'x-frame-options': 'DENY',
  });
  response.end(method === 'GET' ? told.body : undefined);
}
