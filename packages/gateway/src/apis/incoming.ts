import { rateLimitFields } from '../access/limits/holds.ts';
import type { ApiAdmitted } from '../request/exchange.ts';
import type { Running } from '../running.ts';
import type { ApiTarget } from './api.ts';
import { hopByHop, latin1 } from './fields.ts';

/**
 * The head of an upstream's answer as its caller gets it: all of it but what is between us and the
 * upstream, with what the gateway has to say besides.
 */
export function answerHeaders(
  exchange: ApiAdmitted,
  target: ApiTarget,
  status: number,
  raw: readonly Buffer[],
  { clock }: Running,
): string[] {
  const { id, receipt, key, matched, request, limits } = exchange;
  const { remove, set } = matched.api.answerRules;
  const left = hopByHop(connectionOf(raw));
  const told = rateLimitFields(limits, { now: clock.now(), wall: clock.wall() });
  const mayTrail = request.httpVersionMajor > 1 || request.httpVersionMinor > 0;
  const head: string[] = [];
  let vary: string | undefined;
  let trailer: string | undefined;
  let isSized = false;

  for (let i = 0; i < raw.length; i += 2) {
    const name = latin1(raw[i]).toLowerCase();
    const value = latin1(raw[i + 1]);
    if (left.has(name) || remove.has(name) || isOurs(name)) continue;
    if (told.length > 0 && name.startsWith('ratelimit')) continue;
    if (name === 'vary') {
      vary = vary === undefined ? value : `${vary}, ${value}`;
      continue;
    }
    if (name === 'content-length') {
      // RFC 9110, section 8.6.
      if (status === 204) continue;
      isSized = true;
    }
    if (name === 'trailer') {
      trailer = value;
      continue;
    }
    head.push(name, value);
  }
  // Trailers come after chunks, which HTTP/1.0 and a length rule out (RFC 9112, section 7.1.2).
  if (trailer !== undefined && mayTrail && !isSized) head.push('trailer', trailer);
  // What a key may see is not for whoever asks the next cache (RFC 9110, section 12.5.5).
  if (key !== undefined && vary !== '*') vary = vary === undefined ? KEYED : `${vary}, ${KEYED}`;
  if (vary !== undefined) head.push('vary', vary);
  receipt.gatewayMs = clock.now() - receipt.arrivedAt - receipt.upstreamMs;
  head.push(
    'x-request-id',
    id,
    'x-vitalgate-target',
    target.id,
    'x-vitalgate-attempts',
    String(receipt.attempts),
    'server-timing',
    `gateway;dur=${receipt.gatewayMs.toFixed(2)}, upstream;dur=${receipt.upstreamMs.toFixed(2)}`,
    ...told,
    ...set,
  );
  return head;
}

const KEYED = 'authorization, x-api-key';

const isOurs = (name: string): boolean =>
  name === 'x-request-id' || (name.startsWith('x-vitalgate-') && name !== 'x-vitalgate-simulated');

function connectionOf(raw: readonly Buffer[]): string | undefined {
  let connection: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    if (!isNamed(raw[i], 'connection')) continue;
    const value = latin1(raw[i + 1]);
    connection = connection === undefined ? value : `${connection},${value}`;
  }
  return connection;
}

/** Whether an answer goes on for as long as somebody listens (HTML Living Standard, "server-sent events"). */
export const isEventStream = (raw: readonly Buffer[]): boolean =>
  /^text\/event-stream\b/i.test(fieldIn(raw, 'content-type') ?? '');

/**
 * Whether an answer comes in a coding that nobody asked for (RFC 9112, section 7.4): as it ends with
 * this connection, its caller would take coded bytes for plain ones.
 */
export function isRecoded(raw: readonly Buffer[]): boolean {
  const coding = fieldIn(raw, 'transfer-encoding');
  return coding !== undefined && coding.trim().toLowerCase() !== 'chunked';
}

export function fieldIn(raw: readonly Buffer[], name: string): string | undefined {
  for (let i = 0; i < raw.length; i += 2) if (isNamed(raw[i], name)) return latin1(raw[i + 1]);
  return undefined;
}

/** Looks at the length first, so that hardly a name is made a text. */
const isNamed = (bytes: Buffer | undefined, name: string): boolean =>
  bytes?.length === name.length && latin1(bytes).toLowerCase() === name;
