import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createHmac } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, post, sharedGateway, testGateway, type TestGateway } from '../harness/gateway.ts';
import { everyDialect, saying } from '../harness/speaker.ts';
import { Upstream } from '../harness/upstream.ts';

const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
const second = await generateKeyPair('ES256', { extractable: true });
const foreign = await generateKeyPair('RS256');

let published: object[] = [];
let asked = 0;
let issuer: Server;
let upstream: Upstream;
let gateway: TestGateway;
let config: string;

beforeAll(async () => {
  published = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }];
  issuer = createServer((_request, response) => {
    asked += 1;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: published }));
  });
  issuer.listen(0, '127.0.0.1');
  await once(issuer, 'listening');
  upstream = await Upstream.shared(
    'any',
    saying(() => ({ pieces: ['well'] })),
  );
  const { port } = issuer.address() as AddressInfo;
  config = everyDialect(
    upstream.url,
    `access:
  jwt:
    - name: corp
      issuer: https://id.example
      audience: gateway
      jwks: "http://127.0.0.1:${port}/keys"
      private: true
      claims: { name: sub, team: team, models: models }
      limits: [{ requests: 50, per: 1h }]
teams:
  - { name: blue, limits: [{ requests: 2, per: 1h }] }
  - { name: red, models: [openai-chat/m] }
keys: [{ name: client, secret: ${KEY} }]
`,
  );
  gateway = await sharedGateway({ config });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  issuer.close();
});

const claims = { models: ['chat'] };
const sign = (more: object = {}, header: object = {}, key = privateKey) =>
  new SignJWT({ ...claims, ...more })
    .setProtectedHeader({ alg: 'RS256', kid: 'one', ...header })
    .setIssuer('https://id.example')
    .setAudience('gateway')
    .setSubject('anna')
    .setExpirationTime('5m')
    .sign(key);

const call = (token: string, model = 'chat', to = gateway) =>
  post(
    to.url,
    '/v1/chat/completions',
    { model, messages: [{ role: 'user', content: 'hi' }] },
    { authorization: `Bearer ${token}` },
  );
const status = async (token: string, model?: string) => (await call(token, model)).status;

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const soon = Math.floor(Date.now() / 1000) + 300;
const good = { ...claims, iss: 'https://id.example', aud: 'gateway', sub: 'anna', exp: soon };

describe('B17 tokens', () => {
  it('of the issuer are keys, with the models and limits they have', async () => {
    const token = await sign();
    const answer = await call(token);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('ratelimit-policy')).toContain('"requests";q=50');
    expect(await status(token, 'openai-chat/m')).toBe(403);
    expect(await status(await sign({ models: 'chat other' }))).toBe(200);
    expect(await status(await sign({ models: undefined }))).toBe(403);
  });

  it('share the limits of their team', async () => {
    const token = await sign({ team: 'blue' });
    expect([await status(token), await status(token), await status(token)]).toEqual([
      200, 200, 429,
    ]);
  });

  it('may do no more than their team, and nothing as one of a team that is not configured', async () => {
    const token = await sign({ team: 'red', models: ['chat', 'openai-chat/m'] });
    expect(await status(token, 'openai-chat/m')).toBe(200);
    const refused = await call(token);
    expect([refused.status, await refused.json()]).toEqual([
      403,
      expect.objectContaining({ error: expect.objectContaining({ code: 'model_denied' }) }),
    ]);
    for (const team of ['green', '', 'BLUE', 'blue ', ['blue'], { blue: true }, null, 7]) {
      const unknown = await call(await sign({ team }));
      expect([team, unknown.status]).toEqual([team, 401]);
      expect(await unknown.text()).toContain('a team that is not configured here');
    }
  });

  it('with no signature, another’s, or one that anybody can make are refused', async () => {
    const pem = await exportSPKI(publicKey);
    const head = encoded({ alg: 'HS256', kid: 'one' });
    const confused = `${head}.${encoded(good)}`;
    const mac = createHmac('sha256', pem).update(confused).digest('base64url');
    const valid = await sign();
    const tokens = [
      `${encoded({ alg: 'none' })}.${encoded(good)}.`,
      `${encoded({ alg: 'none' })}.${encoded(good)}.x`,
      `${confused}.${mac}`,
      await sign({}, {}, foreign.privateKey),
      await sign({}, { kid: '../../../etc/passwd' }),
      `${valid.split('.')[0]}.${encoded({ ...good, sub: 'root' })}.${valid.split('.')[2]}`,
      `${valid.slice(0, -4)}AAAA`,
    ];
    for (const token of tokens)
      expect([token.slice(0, 40), await status(token)]).toEqual([token.slice(0, 40), 401]);
  });

  it('that are late, early, for others, or without an end are refused', async () => {
    const make = () =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .setIssuer('https://id.example')
        .setAudience('gateway')
        .setSubject('anna');
    const wrong = await Promise.all([
      make().sign(privateKey),
      make().setExpirationTime('-5m').sign(privateKey),
      make().setExpirationTime('5m').setNotBefore('10m').sign(privateKey),
      make().setExpirationTime('5m').setAudience('elsewhere').sign(privateKey),
      make().setExpirationTime('5m').setIssuer('https://evil.example').sign(privateKey),
      make().setExpirationTime('5m').setSubject('').sign(privateKey),
      sign({ exp: String(soon) }, {}).then((token) => {
        const [head, , signature] = token.split('.');
        return `${head}.${encoded({ ...good, exp: String(soon) })}.${signature}`;
      }),
    ]);
    expect(await Promise.all(wrong.map((token) => status(token)))).toEqual(wrong.map(() => 401));
  });

  it('with made-up key ids do not make us ask the issuer each time', async () => {
    const before = asked;
    for (let i = 0; i < 20; i += 1)
      expect(await status(await sign({}, { kid: `made-up-${i}` }))).toBe(401);
    expect(asked - before).toBeLessThanOrEqual(1);
  });

  it('of a key that was published since are known once the issuer may be asked again', async () => {
    const fresh = await testGateway({ config });
    expect((await call(await sign(), 'chat', fresh)).status).toBe(200);
    published.push({ ...(await exportJWK(second.publicKey)), kid: 'two', alg: 'ES256' });
    const restarted = await testGateway({ config });
    expect(
      (
        await call(
          await sign({}, { alg: 'ES256', kid: 'two' }, second.privateKey),
          'chat',
          restarted,
        )
      ).status,
    ).toBe(200);
  });

  it('are neither good nor bad while the issuer cannot be asked', async () => {
    const { port } = issuer.address() as AddressInfo;
    const cut = await testGateway({ config: config.replace(`:${port}/keys`, ':9/keys') });
    const answer = await call(await sign(), 'chat', cut);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  });
});

describe('networks of a model', () => {
  it('hold for the model, and for its targets by their own names', async () => {
    const bound = await testGateway({
      config: everyDialect(upstream.url, `keys: [{ name: client, secret: ${KEY} }]\n`).replace(
        '- name: chat\n',
        '- name: chat\n    ips: [10.0.0.0/8, "::ffff:192.0.2.0/120"]\n',
      ),
    });
    for (const model of ['chat', 'openai-chat/m']) {
      const answer = await post(bound.url, '/v1/chat/completions', { model, messages: [] });
      expect(await answer.json()).toMatchObject({ error: { code: 'network_denied' } });
    }
  });
});
