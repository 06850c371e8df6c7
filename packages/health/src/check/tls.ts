import { connect, type ConnectionOptions } from 'node:tls';
import { systemClock, type Clock } from '../clock.ts';
import { unanswered, type Found } from './asking.ts';
import { certificateExpiry, daysLeft, endsSoon } from './certificate.ts';
import { setDeadline, type Patience } from './deadline.ts';
import type { Look } from './outcome.ts';

export interface TlsCheck extends Patience {
  readonly host: string;
  readonly port: number;
  /** The name the certificate must be for; `host` when not given. */
  readonly servername?: string;
  /** Warns when the certificate ends sooner than this many days from now; 14 when not given. */
  readonly certificateDays?: number;
  /** More certificate authorities, as PEM. */
  readonly ca?: string | Buffer;
}

/** Well when a TLS handshake succeeds with a certificate that is valid, trusted and not about to end. */
export function tls(check: TlsCheck): Look {
  const { host, port, servername, ca, clock = systemClock } = check;
  return async (caller) => {
    const deadline = setDeadline(check, caller);
    const options = {
      host,
      port,
      // A name that is an address must not be sent (RFC 6066, section 3): Node leaves it out by itself.
      ...(servername !== undefined && { servername }),
      ...(ca !== undefined && { ca }),
    };
    const found = await shaken(options, deadline.signal, clock).then(
      (days) => judge(days, check.certificateDays),
      (error: unknown) => unanswered(deadline.verdictOn(error)),
    );
    deadline.end();
    return { ...found, latencyMs: deadline.elapsedMs() };
  };
}

function judge(days: number | undefined, atLeast: number | undefined): Found {
  if (days === undefined)
    return { status: 'warn', reason: 'certificate_missing', fault: 'provider' };
  const measured = [certificateExpiry(days)];
  if (endsSoon(days, atLeast)) return { status: 'warn', reason: 'certificate_ends_soon', measured };
  return { status: 'pass', measured };
}

function shaken(
  options: ConnectionOptions,
  signal: AbortSignal,
  clock: Clock,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const socket = connect(options);
    const leave = (): void => void socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
    socket.once('secureConnect', () => {
      resolve(daysLeft(socket, clock));
      socket.destroy();
    });
    socket.on('error', reject);
    socket.once('close', () => signal.removeEventListener('abort', leave));
  });
}
