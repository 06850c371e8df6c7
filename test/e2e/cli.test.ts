import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { grpcHealthServer } from '@vitalgate/health/serve/grpc';
import OpenAI from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chatConfig, post, testGateway } from '../harness/gateway.ts';
import { vitalgate } from '../harness/process.ts';
import { answerJson, answerWell, Upstream } from '../harness/upstream.ts';

describe('vitalgate simulate', () => {
  it('is a provider by itself, says that it is a toy, and ends on SIGTERM', async () => {
    const simulator = vitalgate(['simulate', '--port', '0']);
    await simulator.until(/^ready$/m);
    const url = simulator.address('simulator');
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'any' });
    const answer = await client.chat.completions.create({
      model: 'anything',
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(answer.choices[0]?.message.content).toContain('[simulated]');
    expect(await (await fetch(`${url}/_simulator`)).text()).toContain('faults');
    simulator.child.kill('SIGTERM');
    expect((await simulator.ended).code).toBe(0);
  });
});

describe('vitalgate check', () => {
  const check = async (url: string) => {
    const { code, stdout } = await vitalgate(['check', url]).ended;
    return [code, stdout.split(' ')[0]];
  };

  it('exits 0 healthy, 1 degraded, 2 unhealthy, 3 unknown', async () => {
    const first = await Upstream.start('first', answerWell);
    const second = await Upstream.start('second', answerWell);
    // A target whose rest is over may be tried again, which is no longer unhealthy.
    const config = chatConfig('openai-chat', [first, second], 'health: { rest: 5m }');
    const gateway = await testGateway({ config });
    const url = `${gateway.url}/health`;
    expect(await check(url)).toEqual([0, 'healthy']);

    const fail = async () => {
      for (let i = 0; i < 3; i += 1)
        await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
    };
    first.script = (_received, response) => answerJson(response, 500, {});
    await fail();
    expect(await check(url)).toEqual([1, 'degraded']);
    second.script = first.script;
    await fail();
    expect(await check(url)).toEqual([2, 'unhealthy']);
    await gateway.stop();
    expect(await check(url)).toEqual([3, 'unknown']);
  });
});

/** A service of somebody else, gone when the test is over. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

describe('vitalgate check --profile', () => {
  const asProfile = async (profile: string, url: string) => {
    const { code, stdout } = await vitalgate(['check', url, '--profile', profile]).ended;
    return [code, stdout] as const;
  };

  it('ends and speaks as others do', async () => {
    let code = 200;
    const service = await serve((_request, response) =>
      answerJson(response, code, { status: code === 200 ? 'UP' : 'DOWN' }),
    );
    expect(await asProfile('nagios', service.url)).toEqual([
      0,
      expect.stringMatching(/^VITALGATE OK - http\S+ \| 'time'=0\.\d+s;;;0\n$/),
    ]);
    expect((await asProfile('docker', service.url))[0]).toBe(0);
    code = 503;
    expect(await asProfile('nagios', service.url)).toEqual([
      2,
      expect.stringMatching(/^VITALGATE CRITICAL/),
    ]);
    expect((await asProfile('docker', service.url))[0]).toBe(1);
    expect((await asProfile('consul', service.url))[0]).toBe(2);
    service.close();
    expect((await asProfile('nagios', service.url))[0]).toBe(3);
    expect((await asProfile('docker', service.url))[0]).toBe(1);
  });

  it('asks a gRPC server, and ends like grpc_health_probe', async () => {
    const server = grpcHealthServer({
      status: (service) => (service === 'ill' ? 'NOT_SERVING' : 'SERVING'),
      services: () => [],
      onChange: () => () => undefined,
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect((await asProfile('grpc', `127.0.0.1:${port}`))[0]).toBe(0);
    expect((await asProfile('grpc', `grpc://127.0.0.1:${port}/ill`))[0]).toBe(4);
    expect((await asProfile('grpc', '127.0.0.1:1'))[0]).toBe(2);
  });
});

describe('vitalgate verify', () => {
  const verify = async (url: string) => {
    const { code, stdout } = await vitalgate(['verify', url, '--json']).ended;
    const told = JSON.parse(stdout) as {
      score: number;
      findings: { rule: string; passed: boolean; seen: string }[];
    };
    return { code, ...told };
  };

  it('finds nothing to say against our own', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
    const { code, score, findings } = await verify(`${gateway.url}/health`);
    expect(findings.filter(({ passed }) => !passed)).toEqual([]);
    expect([code, score]).toEqual([0, 100]);
  });

  it('tells what is wrong with three lines that say 200 whatever happens', async () => {
    const service = await serve(({ method, url }, response) => {
      if (url !== '/health') response.writeHead(404).end();
      else if (method !== 'GET') response.writeHead(405).end();
      else {
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
        response.end('{"status":"DOWN","error":"connect ECONNREFUSED 10.0.3.4:5432"}');
      }
    });
    const { code, score, findings } = await verify(`${service.url}/health`);
    expect(code).toBe(1);
    expect(score).toBeLessThan(60);
    const missed = findings.filter(({ passed }) => !passed).map(({ rule }) => rule);
    expect(missed).toContain('body and code agree');
    expect(missed).toContain('tells strangers nothing that helps an attacker');
    expect(missed).toContain('answers HEAD like GET, without a body');
  });

  it('exits 2 where nobody answers and for what is no URL', async () => {
    expect((await vitalgate(['verify', 'http://127.0.0.1:1/health']).ended).code).toBe(2);
    expect((await vitalgate(['verify', 'health']).ended).code).toBe(2);
  });
});

describe('vitalgate targets', () => {
  it('shows the board to whoever has an admin token', async () => {
    const token = 'an-admin-token-of-32-characters-or-more';
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({
      config: chatConfig('openai-chat', [upstream]),
      environment: { VITALGATE_ADMIN_TOKEN: token },
    });
    const { admin } = gateway.addresses;
    const shown = await vitalgate(['targets', '--admin', admin], { VITALGATE_ADMIN_TOKEN: token })
      .ended;
    expect(shown.stdout).toMatch(/^only\/upstream-model\s+serving\s+/m);
    const refused = await vitalgate(['targets', '--admin', admin, '--token', 'wrong']).ended;
    expect([refused.code, refused.stderr]).toEqual([
      3,
      `${admin} answered 401; is the token right?\n`,
    ]);

    const act = (action: string, id = 'only/upstream-model') =>
      fetch(`${admin}/api/targets/${encodeURIComponent(id)}/${action}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
    expect(await (await act('drain')).json()).toMatchObject({
      state: 'drained',
    });
    const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
    expect(answer.status).toBe(503);
    expect((await act('serve')).status).toBe(200);
    expect((await post(gateway.url, '/v1/chat/completions', { model: 'chat' })).status).toBe(200);
    expect((await act('drain', 'nobody/nothing')).status).toBe(404);
    expect((await act('explode')).status).toBe(404);
  });
});

describe('help', () => {
  it('teaches, and a wrong word is told', async () => {
    const help = await vitalgate(['start', '--help']).ended;
    expect([help.code, help.stdout]).toEqual([
      0,
      expect.stringContaining('VITALGATE_ADMIN_TOKEN') as string,
    ]);
    const wrong = await vitalgate(['strat']).ended;
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('start');
  });

  it.each([
    [['start', '--log-level', 'loud'], 2, 'trace'],
    [['simulate', '--port', '99999'], 2, 'from 0 to 65535'],
    [['simulate', '--seed', 'x'], 2, 'a whole number'],
    [['drill', '--outage', '-1'], 2, 'from 1 to 3600'],
    [['drill', '--only', 'zebra'], 2, 'connection refused'],
    [['detect', 'localhost'], 2, 'http://'],
    // Whoever asks a machine takes 1 for a warning.
    [['check', 'http://127.0.0.1:1/', '--timeout', 'soon'], 3, 'a whole number'],
    [['check'], 3, 'url'],
  ])('%j is a mistake that is told, with what is expected', async (argv, code, expected) => {
    const { stdout, stderr, ...ended } = await vitalgate(argv).ended;
    expect([ended.code, stdout]).toEqual([code, '']);
    expect(stderr).toContain(expected);
    expect(stderr).not.toContain('    at ');
  });

  it('draws nothing over a line that is no line of a terminal', async () => {
    const { stderr } = await vitalgate(['drill', '--only', '503', '--dialect', 'gemini']).ended;
    expect(stderr).toBe('');
  });
});
