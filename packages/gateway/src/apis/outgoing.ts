import type { IncomingMessage } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { contains } from '../access/networks.ts';
import type { ApiAdmitted } from '../request/exchange.ts';
import type { Running } from '../running.ts';
import type { ApiTarget } from './api.ts';
import { carriesKey, hopByHop } from './fields.ts';
import { readsAnswers } from './guard.ts';
import { readsMessages } from './message-guard.ts';
import type { MappedFields } from './head-mappings.ts';
import { upstreamType, type Shape } from './shape.ts';

/** Who has passed a message on so far, as far as a trusted proxy has told it. */
interface Chain {
  forwarded: string | undefined;
  for: string | undefined;
  host: string | undefined;
  proto: string | undefined;
  via: string | undefined;
}

/**
 * The head that goes to an upstream: all the caller's fields, but for what is between us and the
 * caller (its key, its connection) and what says where the request came from, which is ours to say.
 */
export function outgoingHeaders(
  exchange: ApiAdmitted,
  target: ApiTarget,
  shape: Shape | undefined,
  mapped: MappedFields | undefined,
  running: Running,
): string[] {
  const { request, headers, key, matched } = exchange;
  const { rawHeaders } = request;
  const { api } = matched;
  const { remove, set } = api.requestRules;
  const left = hopByHop(request.headers.connection);
  const chain: Chain = {
    forwarded: undefined,
    for: undefined,
    host: undefined,
    proto: undefined,
    via: undefined,
  };
  const secret = key === undefined ? undefined : headers.credential;
  const isJudged = readsAnswers(exchange) || api.openapi?.answers === 'enforce';
  const carried = heldBack(shape, isJudged, exchange.guardedBody !== undefined);
  // Compressed it could not be read; whoever says otherwise is the operator (`echo.ts`).
  const isPlainAsked =
    shape !== undefined ||
    isJudged ||
    (api.ownSecrets.length > 0 && !remove.has('accept-encoding'));
  if (isPlainAsked) carried.add('accept-encoding');
  // Compressed messages could not be read.
  if (readsMessages(exchange)) carried.add('sec-websocket-extensions');
  const outgoing: string[] = [];
  let cookie: string | undefined;
  let mayTrail = false;

  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    const value = rawHeaders[i + 1] as string;
    switch (name) {
      case 'host':
      case 'expect':
      case 'x-request-id':
      case 'proxy-authorization':
      case 'x-real-ip':
        continue;
      case 'te':
        mayTrail = /(?:^|,)\s*trailers\s*(?:,|$)/i.test(value);
        continue;
      case 'forwarded':
        chain.forwarded = joined(chain.forwarded, value);
        continue;
      case 'via':
        chain.via = joined(chain.via, value);
        continue;
      case 'x-forwarded-for':
        chain.for = joined(chain.for, value);
        continue;
      case 'x-forwarded-host':
        chain.host = value;
        continue;
      case 'x-forwarded-proto':
        chain.proto = value;
        continue;
      case 'cookie':
        // HTTP/2 splits it to compress it better; HTTP/1.1 knows one line (RFC 9113, 8.2.3).
        if (!left.has(name) && !remove.has(name) && mapped?.has(name) !== true) {
          cookie = cookie === undefined ? value : `${cookie}; ${value}`;
        }
        continue;
      default:
        break;
    }
    if (left.has(name) || remove.has(name) || carried.has(name) || !isPassable(name)) continue;
    if (mapped?.has(name) === true || carriesKey(name, value, secret)) continue;
    outgoing.push(name, value);
  }
  for (const [name, values] of mapped ?? NO_FIELDS) {
    if (!carried.has(name)) for (const value of values) outgoing.push(name, value);
  }
  if (isPlainAsked) outgoing.push('accept-encoding', 'identity');
  if (shape !== undefined) pushShape(outgoing, shape);
  if (cookie !== undefined) outgoing.push('cookie', cookie);
  if (mayTrail) outgoing.push('te', 'trailers');
  pushOrigin(outgoing, exchange, chain, running);
  outgoing.push(
    'host',
    api.preserveHost ? (request.headers.host ?? target.url.host) : target.url.host,
  );
  outgoing.push(...set);
  return outgoing;
}

const NO_FIELDS: MappedFields = new Map();

/** Fields that would say something wrong of what is sent, or ask for what could not be read. */
function heldBack(shape: Shape | undefined, isJudged: boolean, isBodyRead: boolean): Set<string> {
  const names = new Set<string>();
  // Nobody can judge, or carry over, a part of an answer.
  if (shape !== undefined || isJudged) {
    for (const name of ['range', 'if-range']) names.add(name);
  }
  if (shape !== undefined) names.add('accept');
  if (shape?.body !== undefined || isBodyRead) {
    for (const name of ['content-length', 'content-md5', 'digest', 'content-digest']) {
      names.add(name);
    }
  }
  if (shape?.body !== undefined) names.add('content-type').add('content-encoding');
  return names;
}

function pushShape(outgoing: string[], shape: Shape): void {
  outgoing.push('accept', upstreamType(shape));
  if (shape.body !== undefined) outgoing.push('content-type', shape.body.contentType);
}

/**
 * Servers that hand fields on as variables take `x_user` and `x-user` for the same, so that one
 * could stand in for the other; fields of our own name carry authority; pseudo-fields are HTTP/2's.
 */
const isPassable = (name: string): boolean =>
  !name.includes('_') &&
  !name.startsWith(':') &&
  !name.startsWith('x-vitalgate-') &&
  !name.startsWith('x-forwarded-');

const joined = (before: string | undefined, value: string): string =>
  before === undefined ? value : `${before}, ${value}`;

/** Says where the request came from: RFC 7239, its older spelling, and Via (RFC 9110, 7.6.3). */
function pushOrigin(
  outgoing: string[],
  { id, request, matched }: ApiAdmitted,
  chain: Chain,
  { trustedProxies }: Running,
): void {
  const { socket } = request;
  const peer = plainAddress(socket.remoteAddress);
  const isTrusted = contains(trustedProxies, peer);
  const proto = isEncrypted(socket) ? 'https' : 'http';
  const host = hostOf(request);
  const element = `for=${isIPv6(peer) ? `"[${peer}]"` : peer || 'unknown'};host="${host}";proto=${proto}`;
  const told = isTrusted ? chain : undefined;
  outgoing.push(
    'forwarded',
    joined(told?.forwarded, element),
    'x-forwarded-for',
    joined(told?.for, peer),
    'x-forwarded-host',
    told?.host ?? host,
    'x-forwarded-proto',
    told?.proto ?? proto,
    'x-request-id',
    id,
  );
  // Some servers compress nothing for who came through a proxy; leaving it out is the operator's word.
  if (!matched.api.requestRules.remove.has('via')) {
    outgoing.push('via', joined(chain.via, `${request.httpVersion} vitalgate`));
  }
}

export function hostOf({ headers }: IncomingMessage): string {
  return headers.host ?? '';
}

/** `::ffff:a.b.c.d` is the IPv4 address it holds (RFC 4291, section 2.5.5.2). */
const plainAddress = (address = ''): string => address.replace(/^::ffff:(?=\d+\.)/, '');

const isEncrypted = (socket: Socket): boolean => (socket as Partial<TLSSocket>).encrypted === true;
