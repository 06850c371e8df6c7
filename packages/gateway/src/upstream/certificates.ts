import { readFileSync } from 'node:fs';
import { StartFailure } from '@vitalgate/contract';

/**
 * Certificates of a provider's own authority.
 *
 * @param path of a file in PEM (RFC 7468)
 * @throws {StartFailure} `invalid_config` when there is no such thing
 */
export function readCertificates(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new StartFailure('invalid_config', `cannot read the certificates at ${path}`, cause);
  }
  if (/-----BEGIN CERTIFICATE-----/.test(text)) return text;
  throw new StartFailure('invalid_config', `found no certificate in ${path}, expected PEM`);
}

/**
 * Node lets one variable turn all verification off. Our own door would not heed it, but nobody who
 * sets it expects that, and other parts might.
 *
 * @throws {StartFailure} `unsafe_environment`
 */
export function refuseUnverified(environment: Readonly<Record<string, string | undefined>>): void {
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return;
  throw new StartFailure(
    'unsafe_environment',
    'found NODE_TLS_REJECT_UNAUTHORIZED=0, which believes anybody; unset it, and name the certificates of a provider under tls: { ca }',
  );
}
