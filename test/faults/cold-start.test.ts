import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../harness/free-port.ts';
import { chatConfig, KEY, post, testGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/** A server that answers when it is let. */
async function patient(body: string) {
  const waiting: ServerResponse[] = [];
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    waiting.push(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const answer = () => {
    for (const response of waiting.splice(0)) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(body);
    }
  };
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, answer, waiting, asked: () => asked };
}

it('X25: a thousand that come at once to a gateway that has just started', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' };
  const issuer = await patient(JSON.stringify({ keys: [jwk] }));
  const upstream = await Upstream.start('only', answerWell);
  const gateway = await testGateway({
    config: chatConfig(
      'openai-chat',
      [upstream],
      `access:
  jwt: [{ name: corp, issuer: https://id.example, audience: gateway, jwks: "${issuer.url}/keys", private: true, claims: { name: sub } }]`,
    ),
  });
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer('https://id.example')
    .setAudience('gateway')
    .setSubject('anna')
    .setExpirationTime('5m')
    .sign(privateKey);

  const body = { model: 'chat', messages: [] };
  const all = Array.from({ length: 1000 }, (_, i) =>
    post(gateway.url, '/v1/chat/completions', body, {
      authorization: `Bearer ${i % 2 === 0 ? token : KEY}`,
    }).then(async (answer) => {
      await answer.text();
      return answer.status;
    }),
  );
  // Those with a key of ours wait for nobody.
  await vi.waitFor(
    () => {
      expect(issuer.waiting).toHaveLength(1);
      expect(upstream.calls.length).toBeGreaterThan(0);
    },
    { timeout: 10_000, interval: 5 },
  );
  issuer.answer();
  const statuses = await Promise.all(all);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  expect(issuer.asked()).toBe(1);
  expect(upstream.calls).toHaveLength(1000);
});

it('X25: is not ready before what it is to serve has been looked at', async () => {
  const provider = await patient('{"object":"list","data":[]}');
  const agent = await freePort();
  const starting = testGateway({
    config: chatConfig('openai-chat', [{ name: 'slow', url: provider.url }]),
    listen: `agent: 127.0.0.1:${agent}`,
  });
  await vi.waitFor(() => expect(provider.waiting.length).toBeGreaterThan(0), { timeout: 10_000 });
  let isUp = false;
  void starting.then(() => (isUp = true));
  const line = await vi.waitFor(
    async () => {
      const socket = connect(agent, '127.0.0.1');
      const [said] = (await once(socket, 'data')) as [Buffer];
      return said.toString();
    },
    { timeout: 10_000 },
  );
  expect(line).toMatch(/^(?:down|drain|maint|stopped)/);
  expect(isUp).toBe(false);
  provider.answer();
  const gateway = await starting;
  expect((await fetch(`${gateway.addresses.probes}/readyz`)).status).toBe(200);
});
