import { createServer } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startGateway } from '@vitalgate/gateway';
import { describe, expect, it } from 'vitest';
import { chatConfig, KEY, post, temporaryFolder, testGateway } from '../harness/gateway.ts';
import { answerWell, chatAnswer, Upstream } from '../harness/upstream.ts';
import { selfSigned } from '../health/certificate.ts';
import { listen } from '../health/servers.ts';

/** What leaves the gateway, and what it brings back, whatever a provider does. */

const ask = (gateway: { url: string }, headers?: Record<string, string>) =>
  post(gateway.url, '/v1/chat/completions', { model: 'chat', messages: [] }, headers);

const providerAt = (url: string, more: string): string => `providers:
  - { name: only, dialect: openai-chat, baseUrl: "${url}", ${more} }
models:
  - name: chat
    targets: [{ provider: only, model: upstream-model }]
    timeouts: { connect: 1s, firstToken: 1s, idle: 1s, total: 5s }
keys:
  - { name: client, secret: ${KEY} }
`;

describe('MD3: a provider that is not said to be private', () => {
  it.each([
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '0.0.0.0',
    '[::]',
  ])('is not dialled at %s', async (host) => {
    let heard = 0;
    const server = createServer((_, response) => {
      heard += 1;
      response.end();
    });
    const port = await listen(server);
    const config = providerAt(
      `http://${host}:${port}`,
      'credentials: [{ name: a, value: secret-of-it }]',
    );
    // What can be known from the file is refused at the start, the rest when it would be dialled.
    const told = await testGateway({ config }).then(
      async (gateway) => {
        const answer = await ask(gateway);
        return `${answer.status} ${await answer.text()} ${gateway.logged.join('')}`;
      },
      (error: unknown) => String(error),
    );
    expect(told).toMatch(/say private: true|^50[23] .*address_forbidden/s);
    expect(told).not.toContain('secret-of-it');
    expect(heard).toBe(0);
  });

  it('is not metadata, even where it is said to be private, in whatever form', async () => {
    const hosts = [
      '169.254.169.254',
      '169.254.170.2',
      '168.63.129.16',
      '[fd00:ec2::254]',
      '[::ffff:169.254.169.254]',
      '[64:ff9b::169.254.169.254]',
      '[::169.254.169.254]',
    ];
    const gateway = await testGateway({
      config: `providers:
${hosts.map((host, i) => `  - { name: p${i}, dialect: openai-chat, baseUrl: "http://${host}", private: true }`).join('\n')}
models:
${hosts.map((_, i) => `  - { name: m${i}, targets: [{ provider: p${i}, model: m }], timeouts: { connect: 5s } }`).join('\n')}
keys:
  - { name: client, secret: ${KEY} }
`,
    });
    for (const [i, host] of hosts.entries()) {
      const body = { model: `m${i}`, messages: [] };
      const answer = await post(gateway.url, '/v1/chat/completions', body);
      expect([host, answer.status]).toEqual([host, 502]);
      await answer.text();
      const said = gateway.logged.join('').match(new RegExp(`p${i}/m.*address_forbidden`));
      expect([host, said]).not.toEqual([host, null]);
    }
  });
});

describe('MD5, MD6: what a provider hears', () => {
  it('is its own credential and never the caller’s, also where it has none', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({ config: providerAt(upstream.url, 'private: true') });
    for (const headers of [
      { authorization: `Bearer ${KEY}` },
      { 'x-api-key': KEY },
      { 'api-key': KEY },
      { 'x-goog-api-key': KEY },
    ] as Record<string, string>[]) {
      await (await ask(gateway, headers)).text();
    }
    expect(upstream.calls.length).toBeGreaterThanOrEqual(3);
    expect(JSON.stringify(upstream.received.map(({ rawHeaders }) => rawHeaders))).not.toContain(
      KEY,
    );
  });

  it('comes to it alone, whatever proxy the environment names', async () => {
    let heard = 0;
    const proxy = createServer((_, response) => {
      heard += 1;
      response.end();
    });
    proxy.on('connect', () => (heard += 1));
    const url = `http://127.0.0.1:${await listen(proxy)}`;
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({
      config: chatConfig('openai-chat', [upstream]),
      environment: { HTTP_PROXY: url, http_proxy: url, HTTPS_PROXY: url, ALL_PROXY: url },
    });
    expect((await ask(gateway)).status).toBe(200);
    expect(heard).toBe(0);
  });
});

describe('MD7: a provider that sends us elsewhere', () => {
  it.each([301, 302, 303, 307, 308])('with %i is a provider that failed', async (status) => {
    const elsewhere = await Upstream.start('elsewhere', answerWell);
    const upstream = await Upstream.start('only', (_, response) => {
      response.writeHead(status, { location: `${elsewhere.url}/v1/chat/completions` }).end();
    });
    const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
    const answer = await ask(gateway);
    expect(answer.status).toBeGreaterThanOrEqual(502);
    expect(answer.headers.get('location')).toBeNull();
    expect(await answer.text()).not.toContain(elsewhere.url);
    expect(elsewhere.received).toHaveLength(0);
  });
});

describe('MD9: a provider whose certificate nobody vouches for', () => {
  const certificate = selfSigned(
    'localhost',
    new Date(Date.now() - 86_400_000),
    new Date(Date.now() + 86_400_000),
  );
  const secure = async () => {
    let heard = 0;
    const server = createSecure(certificate, (_, response) => {
      heard += 1;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(chatAnswer));
    });
    const url = `https://localhost:${await listen(server)}`;
    return { url, heard: () => heard };
  };

  it('is told nothing, and the log says why', async () => {
    const { url, heard } = await secure();
    const gateway = await testGateway({ config: providerAt(url, 'private: true') });
    expect((await ask(gateway)).status).toBeGreaterThanOrEqual(502);
    expect(heard()).toBe(0);
    expect(gateway.logged.join('')).toMatch(/tls/);
  });

  it('is asked when the configuration vouches for it', async () => {
    const { url } = await secure();
    const ca = join(temporaryFolder(), 'ca.pem');
    writeFileSync(ca, certificate.cert);
    const gateway = await testGateway({
      config: providerAt(url, `private: true, tls: { ca: "${ca}" }`),
    });
    expect((await ask(gateway)).status).toBe(200);
  });

  it('cannot be believed by way of the environment', async () => {
    const start = startGateway({
      environment: { NODE_TLS_REJECT_UNAUTHORIZED: '0', VITALGATE_DATA: temporaryFolder() },
      log: () => {},
    });
    await expect(start).rejects.toMatchObject({ code: 'unsafe_environment', exitCode: 2 });
  });

  it('is a mistake of the configuration where the file is none', async () => {
    const { url } = await secure();
    const config = providerAt(url, 'private: true, tls: { ca: ./there-is-none.pem }');
    await expect(testGateway({ config })).rejects.toMatchObject({ code: 'invalid_config' });
  });
});

describe('ME10: a provider that means harm', () => {
  it('gives callers no cookie, no server name, no page', async () => {
    const upstream = await Upstream.start('only', (received, response) => {
      response.setHeader('set-cookie', 'stolen=1');
      response.setHeader('server', 'nginx/1.2.3');
      response.setHeader('x-powered-by', 'PHP');
      response.setHeader('access-control-allow-origin', '*');
      return answerWell(received, response);
    });
    const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
    const answer = await ask(gateway);
    const names = [...answer.headers.keys()];
    expect(answer.status).toBe(200);
    for (const name of ['set-cookie', 'server', 'x-powered-by', 'access-control-allow-origin']) {
      expect(names).not.toContain(name);
    }
  });

  it.each<[string, Parameters<typeof Upstream.start>[1]]>([
    [
      'a page instead of an answer',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<script>alert(1)</script>');
      },
    ],
    [
      'a head without end',
      (_, response) => {
        response.writeHead(200, { 'x-long': 'x'.repeat(64 * 1024) }).end('{}');
      },
    ],
    [
      'half an answer',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[');
      },
    ],
  ])('%s is told as its failure', async (_, script) => {
    const upstream = await Upstream.start('only', script);
    const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
    const answer = await ask(gateway);
    expect(answer.status).toBe(502);
    expect(await answer.text()).not.toContain('<script>');
  });

  it('cannot make us unpack what it has packed', async () => {
    const { brotliCompressSync } = await import('node:zlib');
    const bomb = brotliCompressSync(Buffer.alloc(64 * 1024 * 1024, 0x20));
    const upstream = await Upstream.start('only', (_, response) => {
      const head = { 'content-type': 'application/json', 'content-encoding': 'br' };
      response.writeHead(200, head).end(bomb);
    });
    const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: '{"model":"chat","messages":[]}',
    });
    expect(answer.status).toBe(502);
    await answer.text();
    expect(process.memoryUsage.rss() - before).toBeLessThan(32 * 1024 * 1024);
  });
});
