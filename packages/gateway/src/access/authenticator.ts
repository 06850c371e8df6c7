import { Secret, TOTP } from 'otpauth';

const PERIOD_S = 30;
/** One step before and after: clocks of telephones differ (RFC 6238, section 5.2). */
const WINDOW = 1;

const totpOf = (secret: Secret, label: string) =>
  new TOTP({ issuer: 'Vitalgate', label, secret, algorithm: 'SHA1', digits: 6, period: PERIOD_S });

/** A new secret of 160 bits, in base32, and the URI that apps read. */
export function newAuthenticator(label: string): { secret: string; uri: string } {
  const secret = new Secret({ size: 20 });
  return { secret: secret.base32, uri: totpOf(secret, label).toString() };
}

/**
 * The step whose code this is; undefined when it is none of now.
 *
 * @param now wall-clock milliseconds
 */
export function stepOf(secret: string, code: string, now: number): number | undefined {
  const token = code.replaceAll(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const totp = totpOf(Secret.fromBase32(secret), '');
  const delta = totp.validate({ token, timestamp: now, window: WINDOW });
  return delta === null ? undefined : Math.floor(now / 1000 / PERIOD_S) + delta;
}
