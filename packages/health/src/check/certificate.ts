import type { TLSSocket } from 'node:tls';
import type { Clock } from '../clock.ts';
import type { Measurement } from './outcome.ts';

const DAY_MS = 86_400_000;

/** Whole days until the other side's certificate ends; undefined when it showed none. */
export function daysLeft(socket: TLSSocket, clock: Clock): number | undefined {
  const until = Date.parse(socket.getPeerCertificate().valid_to);
  return Number.isNaN(until) ? undefined : Math.floor((until - clock.wall()) / DAY_MS);
}

/** Two weeks are enough to renew by hand what a machine should have renewed. */
export function endsSoon(days: number, atLeast = 14): boolean {
  return days < atLeast;
}

export function certificateExpiry(days: number): Measurement {
  return { name: 'certificateExpiry', value: days, unit: 'd' };
}
