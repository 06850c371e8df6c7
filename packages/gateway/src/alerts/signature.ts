import { createHmac } from 'node:crypto';

/**
 * Header fields of a webhook by the Standard Webhooks specification, version 1: an HMAC-SHA256 over
 * `id.timestamp.body`.
 *
 * @param secret `whsec_` and base64
 * @param at wall-clock milliseconds
 */
export function signedHeaders(
  id: string,
  at: number,
  body: string,
  secret: string,
): Record<string, string> {
  const seconds = String(Math.floor(at / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${signature}`,
  };
}
