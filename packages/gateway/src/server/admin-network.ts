import { ApiFailure } from '@vitalgate/contract/api';
import type { FastifyInstance } from 'fastify';
import { callerAddress, permits } from '../access/networks.ts';
import type { Running } from '../running.ts';

/**
 * Who may reach the admin listener at all: pages, console and API alike. Stands before every route,
 * so that none can leave it out.
 *
 * @throws {ApiFailure} `network_denied`
 */
export function guardAdminNetwork(server: FastifyInstance, current: () => Running): void {
  server.addHook('onRequest', async (request) => {
    const { rules, trustedProxies } = current();
    const peer = request.socket.remoteAddress ?? '';
    const forwarded = request.headers['x-forwarded-for']?.toString();
    // Where a trusted proxy forwards what is no address, nobody knows who it is.
    const address = callerAddress(peer, forwarded, trustedProxies) ?? 'an unknown address';
    if (permits(rules.admin, address)) return;
    throw new ApiFailure('network_denied', `the admin listener may not be used from ${address}`);
  });
}
