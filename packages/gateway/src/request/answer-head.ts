import { rateLimitFields } from '../access/limits/holds.ts';
import type { Running } from '../running.ts';
import type { AnswerSource } from '../upstream/answer-source.ts';
import type { Arrival } from './exchange.ts';
import { guardrailField } from './guard.ts';

/** What every answer is told with. */
export function commonHead(exchange: Arrival, { clock }: Running): string[] {
  const { id, receipt, limits } = exchange;
  receipt.gatewayMs = clock.now() - receipt.arrivedAt - receipt.upstreamMs;
  const timing = `gateway;dur=${receipt.gatewayMs.toFixed(2)}, upstream;dur=${receipt.upstreamMs.toFixed(2)}`;
  // Answers belong to the key that asked (RFC 9111, section 5.2.2.5), and a buffering proxy in
  // front would turn a stream into a pause.
  const head = ['x-request-id', id, 'server-timing', timing, 'cache-control', 'no-store'];
  head.push(...rateLimitFields(limits, { now: clock.now(), wall: clock.wall() }));
  if (receipt.streamed) head.push('x-accel-buffering', 'no');
  head.push(...guardrailField(receipt));
  return head;
}

/** Names and values of the fields that a remembered answer is told with. */
export function ofBytes(head: readonly string[]): string[] {
  const found: string[] = [];
  for (let i = 0; i < head.length; i += 2) {
    const name = head[i] ?? '';
    if (name === 'content-type' || name === 'x-vitalgate-warnings')
      found.push(name, head[i + 1] ?? '');
  }
  return found;
}

/** Of a provider's head, what callers and their SDKs read. Cookies and server names are not. */
const PASSED = new Set([
  'content-type',
  'content-encoding',
  'request-id',
  'x-amzn-errortype',
  'x-should-retry',
]);
/** Of any provider's, whatever the dialect. */
const PASSED_BY_ALL = new Set(['retry-after', 'retry-after-ms', 'x-vitalgate-simulated']);
const PASSED_FAMILIES = ['anthropic-', 'openai-', 'x-ratelimit-'];
/** They name the operator's account, not the caller's. */
const WITHHELD = new Set(['openai-organization', 'openai-project', 'anthropic-organization-id']);

/** Seconds, milliseconds or a date: a client that waits for "Infinity" never comes back. */
const WAIT = /^(?:\d{1,10}(?:\.\d+)?|[A-Z][a-z]{2,8},? [\w :-]{8,30})$/;

/** Adds what of its provider's head callers may see; `hasWait`: they are told another time to wait. */
export function passHeaders(
  { headers, isTranslated }: AnswerSource,
  head: string[],
  hasWait: boolean,
): void {
  for (const name in headers) {
    const isOwn = PASSED.has(name) || PASSED_FAMILIES.some((family) => name.startsWith(family));
    if (!PASSED_BY_ALL.has(name) && (isTranslated || !isOwn)) continue;
    const value = headers[name];
    if (WITHHELD.has(name) || typeof value !== 'string') continue;
    if (name.startsWith('retry-after') && (hasWait || !WAIT.test(value))) continue;
    head.push(name, value);
  }
}
