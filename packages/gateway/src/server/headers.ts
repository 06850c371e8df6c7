import { Failure } from '@vitalgate/contract';
import type { DialectName } from '@vitalgate/dialects';

/** What the gateway takes from a caller's head; everything else ends here. */
export interface CallerHeaders {
  /** Names and values in turn, to be sent on as they are. */
  readonly forwarded: readonly string[];
  readonly credential: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly contentLength: number | undefined;
  readonly forwardedFor: string | undefined;
  /** Of a call that is to be made once. Not sent on: providers know one account where we know many callers. */
  readonly idempotencyKey: string | undefined;
  /** What the headers speak where a path is shared. */
  readonly dialect: DialectName | undefined;
  /** The caller would rather be refused than have something of its request left out. */
  readonly isStrict: boolean;
}

/** Sent on to providers. A list of what may pass, because every list of what may not has a hole. */
const FORWARDED = new Set([
  'accept',
  'anthropic-beta',
  'anthropic-version',
  'content-type',
  'openai-beta',
  'user-agent',
  'x-goog-api-client',
  // The official SDKs tell providers about themselves.
  'x-stainless-arch',
  'x-stainless-async',
  'x-stainless-helper-method',
  'x-stainless-lang',
  'x-stainless-os',
  'x-stainless-package-version',
  'x-stainless-retry-count',
  'x-stainless-runtime',
  'x-stainless-runtime-version',
  'x-stainless-timeout',
]);

/** Fields that decide who asks, where to, or where the body ends: never taken from two lines. */
const SINGLE: ReadonlyMap<string, number> = new Map(
  [
    'authorization',
    'api-key',
    'content-length',
    'content-type',
    'host',
    'idempotency-key',
    'transfer-encoding',
    'x-api-key',
    'x-goog-api-key',
  ].map((name, bit) => [name, 1 << bit]),
);

/**
 * Reads a head once, from the lines as they came: `request.headers` keeps the first of two Host
 * lines and joins two keys into one, and either would let two readers disagree.
 */
export function readHeaders(rawHeaders: readonly string[], key?: string): CallerHeaders {
  const forwarded: string[] = [];
  let seen = 0;
  let credential = key;
  let contentType: string | undefined;
  let contentEncoding: string | undefined;
  let contentLength: number | undefined;
  let forwardedFor: string | undefined;
  let idempotencyKey: string | undefined;
  let dialect: DialectName | undefined;
  let isStrict = false;

  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    const value = rawHeaders[i + 1] as string;
    const bit = SINGLE.get(name) ?? 0;
    if ((seen & bit) !== 0) throw new Failure('invalid_request', `found the header ${name} twice`);
    seen |= bit;
    if (FORWARDED.has(name)) forwarded.push(name, value);
    switch (name) {
      case 'authorization':
        if (/^bearer /i.test(value)) credential = sameAs(credential, value.slice(7).trim());
        break;
      case 'x-api-key':
      case 'api-key':
        credential = sameAs(credential, value);
        break;
      case 'x-goog-api-key':
        credential = sameAs(credential, value);
        dialect ??= 'gemini';
        break;
      case 'content-type':
        contentType = value;
        break;
      case 'content-encoding':
        contentEncoding = value;
        break;
      case 'content-length':
        contentLength = Number(value);
        break;
      case 'x-forwarded-for':
        forwardedFor = forwardedFor === undefined ? value : `${forwardedFor},${value}`;
        break;
      case 'idempotency-key':
        idempotencyKey = value;
        break;
      case 'anthropic-version':
        dialect = 'anthropic';
        break;
      case 'x-vitalgate-strict':
        isStrict = value.toLowerCase() === 'true';
        break;
      default:
        break;
    }
  }
  return {
    forwarded,
    credential,
    contentType,
    contentEncoding,
    contentLength,
    forwardedFor,
    idempotencyKey,
    dialect,
    isStrict,
  };
}

/** SDKs may send one key in two headers; two keys would leave open who is asking. */
function sameAs(known: string | undefined, found: string): string {
  if (known === undefined || known === found) return found;
  throw new Failure('invalid_request', 'found different keys in different headers; send one');
}
