import { asking, unanswered, well, type Found } from './asking.ts';
import type { Look } from './outcome.ts';

/** The part of a connection of amqplib that is used. */
export interface AmqpConnection {
  createChannel(): Promise<{ close(): Promise<unknown> }>;
}

/**
 * Well when RabbitMQ opens a channel and closes it: one round trip each, nothing declared. A
 * connection blocked by the broker's resource alarm still opens channels. A connection of amqplib
 * is lost for good when it breaks: give a function for the one that is used now.
 */
export function amqp(connection: AmqpConnection | (() => AmqpConnection | undefined)): Look {
  return asking(async (): Promise<Found> => {
    const current = typeof connection === 'function' ? connection() : connection;
    if (current === undefined) return lost;
    const channel = await current.createChannel();
    await channel.close();
    return well;
  }, refused);
}

const lost: Found = { status: 'fail', reason: 'not_connected', fault: 'network' };

/** What amqplib throws at whoever uses a connection that is closed, or closes meanwhile. */
function refused(error: unknown): Found {
  const found = unanswered(error);
  const isClosed =
    error instanceof Error &&
    (error.name === 'IllegalOperationError' || error.message.startsWith('Connection closed'));
  return isClosed ? { ...found, ...lost } : found;
}
