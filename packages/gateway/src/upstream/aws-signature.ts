import { AwsV4Signer } from 'aws4fetch';
import type { Credential } from './credentials.ts';

/** Signing keys by day and region, which take four hashes to derive. */
const cache = new Map<string, ArrayBuffer>();
const MAX_CACHED = 1000;

export interface ToSign {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly body: Buffer | null;
}

/**
 * Headers that sign a request for Bedrock (AWS General Reference, "Signature Version 4"). The
 * region is the credential's, else the one in the host's name, else us-east-1. `now` is in
 * milliseconds since 1970; AWS refuses signatures older than five minutes.
 */
export async function awsHeaders(
  { secret = '', aws }: Credential,
  { method, url, body }: ToSign,
  now: number,
): Promise<string[]> {
  if (cache.size > MAX_CACHED) cache.clear();
  const { accessKeyId = '', sessionToken, region } = aws ?? {};
  const { headers } = await new AwsV4Signer({
    method,
    url: url.href,
    body: body === null ? null : new Uint8Array(body),
    accessKeyId,
    secretAccessKey: secret,
    service: 'bedrock',
    datetime: new Date(now).toISOString().replaceAll(/[:-]|\.\d{3}/g, ''),
    cache,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(region === undefined ? {} : { region }),
  }).sign();
  return [...headers].flat();
}
