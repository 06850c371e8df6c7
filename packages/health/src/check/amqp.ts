import { asking, well } from './asking.ts';
import type { Look } from './outcome.ts';

/** The part of a connection of amqplib that is used. */
export interface AmqpConnection {
  createChannel(): Promise<{ close(): Promise<unknown> }>;
}

/**
 * Well when RabbitMQ opens a channel and closes it: one round trip each, nothing declared. A
 * connection blocked by the broker's resource alarm still opens channels.
 */
export function amqp(connection: AmqpConnection): Look {
  return asking(async () => {
    const channel = await connection.createChannel();
    await channel.close();
    return well;
  });
}
