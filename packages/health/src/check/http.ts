import {
  request as requestPlain,
  type Agent,
  type ClientRequestArgs,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { request as requestTls } from 'node:https';
import { TLSSocket } from 'node:tls';
import { systemClock } from '../clock.ts';
import { Private } from '../private.ts';
import { read as readBody, type Format, type Read } from '../read/read.ts';
import { measuredIn } from '../read/to-report.ts';
import { unanswered } from './asking.ts';
import { setDeadline, type Patience } from './deadline.ts';
import { certificateExpiry, daysLeft, endsSoon } from './certificate.ts';
import type { Look, Outcome } from './outcome.ts';

export interface HttpAnswer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  /** At most `maxBytes` of it. */
  readonly body: string;
}

export interface HttpCheck extends Patience {
  readonly url: string | URL;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * What a good answer is: undefined for good, or a public reason code. Without it every status
   * from 200 to 299 is good. Redirects are not followed: a login page would look well.
   */
  readonly expect?: (answer: HttpAnswer) => string | undefined;
  /**
   * Understands what the service tells of itself: in the format named, or with `true` in the one
   * it looks like. Code and body count, whichever is worse, and `expect` only when given besides.
   */
  readonly read?: true | Format;
  /** Warns when the certificate ends sooner than this many days from now; 14 when not given. */
  readonly certificateDays?: number;
  /** How much of the body is read; 65,536 bytes when not given, and 1,048,576 with `read`. */
  readonly maxBytes?: number;
  /** The application's own connection pool. Without it each look opens a connection and closes it. */
  readonly agent?: Agent;
  /** In place of the system's resolver, for instance to refuse private addresses. */
  readonly lookup?: ClientRequestArgs['lookup'];
  /** More certificate authorities, as PEM. */
  readonly ca?: string | Buffer;
}

export interface HttpOutcome extends Outcome {
  /** The HTTP status of the answer; absent when none came. */
  readonly code?: number;
  /** Milliseconds the server asked to be left alone for (RFC 9110, section 10.2.3). */
  readonly retryAfterMs?: number;
  /** All that the service told; only with `read`. */
  readonly told?: Private<Read>;
}

/** Well when an HTTP(S) request is answered as expected. Throws `TypeError` for an invalid URL, at once. */
export function http(check: HttpCheck): Look<HttpOutcome> {
  const url = new URL(check.url);
  return async (caller) => {
    const deadline = setDeadline(check, caller);
    const found = await ask(url, check, deadline.signal).catch((error: unknown) => ({ error }));
    deadline.end();
    const latencyMs = deadline.elapsedMs();
    if (!('error' in found)) return judge(check, found, latencyMs);
    return { ...unanswered(deadline.verdictOn(found.error)), latencyMs };
  };
}

function judge(check: HttpCheck, found: Answered, latencyMs: number): HttpOutcome {
  const { answer, certificateDays } = found;
  const retryAfterMs = retryAfter(answer.headers);
  const told = check.read && readBody(answer, check.read === true ? undefined : check.read);
  const measured = [
    ...(certificateDays === undefined ? [] : [certificateExpiry(certificateDays)]),
    ...(told ? measuredIn(told) : []),
  ];
  const facts = {
    code: answer.code,
    latencyMs,
    ...(measured.length > 0 && { measured }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(told && { told: new Private(told) }),
    ...(told?.output !== undefined && { detail: new Private(told.output) }),
  };
  const reason = expected(check, answer) ?? troubleIn(told);
  if (reason === 'expectation_threw') return { status: 'fail', reason, fault: 'gateway', ...facts };
  if (reason !== undefined) return { status: 'fail', reason, fault: 'provider', ...facts };
  if (told?.status === 'warn' && told.reason !== undefined)
    return { status: 'warn', reason: told.reason, ...facts };
  const soon = certificateDays !== undefined && endsSoon(certificateDays, check.certificateDays);
  if (soon) return { status: 'warn', reason: 'certificate_ends_soon', ...facts };
  return { status: 'pass', ...facts };
}

/** What nobody can understand is not well. */
function troubleIn(told: Read | undefined): string | undefined {
  return told?.status === 'fail' || told?.status === 'unknown' ? told.reason : undefined;
}

function expected({ expect, read }: HttpCheck, answer: HttpAnswer): string | undefined {
  try {
    if (expect !== undefined) return expect(answer);
    return read === undefined ? isSuccess(answer) : undefined;
  } catch {
    return 'expectation_threw';
  }
}

function isSuccess({ code }: HttpAnswer): string | undefined {
  return code >= 200 && code < 300 ? undefined : `http_${code}`;
}

interface Answered {
  readonly answer: HttpAnswer;
  readonly certificateDays: number | undefined;
}

function ask(url: URL, check: HttpCheck, signal: AbortSignal): Promise<Answered> {
  const send = url.protocol === 'https:' ? requestTls : requestPlain;
  const { method = 'GET', headers, body, agent = false, lookup, ca } = check;
  const { maxBytes = check.read === undefined ? 65_536 : 1_048_576 } = check;
  const { clock = systemClock } = check;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method,
      headers: { 'user-agent': 'vitalgate-health', accept: '*/*', ...headers },
      agent,
      signal,
      ...(lookup && { lookup }),
      ...(ca !== undefined && { ca }),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const { socket } = response;
      const certificateDays = socket instanceof TLSSocket ? daysLeft(socket, clock) : undefined;
      read(response, maxBytes).then((body) => {
        // With more body than was asked for the connection is of no further use.
        if (!response.complete) request.destroy();
        const answer = { code: response.statusCode ?? 0, headers: response.headers, body };
        resolve({ answer, certificateDays });
      }, reject);
    });
    request.end(body);
  });
}

async function read(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, maxBytes - bytes));
    bytes += chunk.length;
    if (bytes >= maxBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function retryAfter(headers: IncomingHttpHeaders): number | undefined {
  const value = headers['retry-after'];
  return value !== undefined && /^\d+$/.test(value) ? Number(value) * 1000 : undefined;
}
