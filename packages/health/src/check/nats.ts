import { asking, type Found } from './asking.ts';
import type { Look } from './outcome.ts';

/** The part of a NatsConnection that is used. */
export interface NatsConnection {
  isClosed(): boolean;
  rtt(): Promise<number>;
}

/** Well when the server answers a PING on the application's connection. */
export function nats(connection: NatsConnection): Look {
  return asking(async (): Promise<Found> => {
    if (connection.isClosed()) return { status: 'fail', reason: 'not_connected', fault: 'network' };
    const rtt = await connection.rtt();
    return { status: 'pass', measured: [{ name: 'responseTime', value: rtt, unit: 'ms' }] };
  });
}
