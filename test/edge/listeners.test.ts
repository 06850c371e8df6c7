import { connect } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probePaths } from '../../packages/gateway/src/server/health-routes.ts';
import { chatConfig, sharedGateway, type TestGateway } from '../harness/gateway.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const RULES = `listeners:
    admin: { allow: ["::ffff:10.0.0.0/104", "2001:db8::/32"], deny: [10.6.6.0/24] }
    probes: { deny: [127.0.0.0/8] }
    agent: { allow: [10.0.0.0/8] }
    grpc: { deny: [127.0.0.1] }`;

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await sharedGateway({
    config: `${chatConfig('simulator', [{ name: 'toy', url: 'http://127.0.0.1:1' }])}access:
  trustedProxies: [127.0.0.1]
  ${RULES}
`,
    listen: 'agent: 127.0.0.1:0, grpc: 127.0.0.1:0',
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
});
afterAll(() => gateway.stop());

const statusFrom = async (address: string | undefined, path: string, method = 'GET') => {
  const answer = await fetch(gateway.addresses.admin + path, {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(address === undefined ? {} : { 'x-forwarded-for': address }),
    },
  });
  return [answer.status, await answer.text()] as const;
};

/** What a listener says to whoever connects, until it ends the connection. */
const saidBy = (address: string): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(`tcp://${address}`);
    let said = '';
    const socket = connect(Number(port), hostname);
    socket.on('data', (bytes) => (said += bytes.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(said));
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
  });

describe('rules of listeners', () => {
  it.each(['/', '/setup', '/api/overview', '/api/openapi.json', '/api/nothing', '/api/events'])(
    'hold at %s of the admin listener, whoever asks',
    async (path) => {
      const outside = [
        undefined,
        '192.0.2.1',
        '10.6.6.6',
        '::ffff:10.6.6.6',
        '::ffff:c000:201',
        '2001:db9::1',
        '10.1.1.1, 192.0.2.1',
        'nonsense',
        '10.0.0.0x1',
      ];
      for (const address of outside) {
        const [status, text] = await statusFrom(address, path);
        expect([address, path, status]).toEqual([address, path, 403]);
        expect(JSON.parse(text)).toMatchObject({ code: 'network_denied' });
      }
    },
  );

  it('let in who is allowed, in every form of the address', async () => {
    for (const address of ['10.1.1.1', '::ffff:10.1.1.1', '::ffff:a01:101', '2001:DB8:0::1']) {
      expect([address, (await statusFrom(address, '/api/overview'))[0]]).toEqual([address, 200]);
    }
  });

  it('hold at the probes, the agent check and gRPC, and go with a reload', async () => {
    const { probes, agent = '', grpc = '' } = gateway.addresses;
    for (const path of [...probePaths, '/probe?target=toy', '/x']) {
      expect([path, (await fetch(probes + path)).status]).toEqual([path, 403]);
    }
    expect(await saidBy(agent)).toBe('');
    expect(await saidBy(grpc)).toBe('');
    const before = readFileSync(gateway.configFile, 'utf8');
    writeFileSync(gateway.configFile, before.replace(RULES, ''));
    await gateway.reload();
    expect(await saidBy(agent)).not.toBe('');
    expect((await statusFrom(undefined, '/api/overview'))[0]).toBe(200);
    let status: number;
    // The probes are told a moment later: they are on another thread.
    do ({ status } = await fetch(`${probes}/livez`));
    while (status === 403);
    expect(status).toBe(200);
  });
});
