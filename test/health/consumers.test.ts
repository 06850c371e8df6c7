/** Programs that really ask after health, before a real gateway. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startSimulator } from '@vitalgate/simulator';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { debianProgram } from '../harness/debian.ts';
import { freePort } from '../harness/free-port.ts';
import { KEY, post, temporaryFolder, testGateway } from '../harness/gateway.ts';
import { Process } from '../harness/process.ts';

const run = promisify(execFile);
let haproxy = '';
let checkHttp = '';
let curl = '';
beforeAll(async () => {
  haproxy = await debianProgram('haproxy', 'haproxy');
  checkHttp = await debianProgram('check_http', 'monitoring-plugins-basic');
  curl = await debianProgram('curl', 'curl');
}, 300_000);

/** A gateway before two toys, of which one or both can be broken. */
async function watched() {
  const toys = [await startSimulator({ seed: 1 }), await startSimulator({ seed: 2 })] as const;
  onTestFinished(async () => {
    for (const toy of toys) await toy.close();
  });
  const agentPort = await freePort();
  const gateway = await testGateway({
    config: `health: { fall: 2, rest: 1s, maxRest: 1s, probeInterval: 1s }
providers:
${toys.map(({ url }, i) => `  - { name: toy${i}, dialect: openai-chat, baseUrl: "${url}/v1", private: true, credentials: [{ name: a, value: sk-toy }] }`).join('\n')}
models:
  - { name: chat, critical: true, targets: [{ provider: toy0, model: vitalgate-sim-1 }, { provider: toy1, model: vitalgate-sim-1 }] }
keys:
  - { name: client, secret: ${KEY} }
`,
    listen: `agent: 127.0.0.1:${agentPort}`,
  });
  const ask = () =>
    post(gateway.url, '/v1/chat/completions', {
      model: 'chat',
      messages: [{ role: 'user', content: 'Hi' }],
    });
  return { toys, gateway, ask, agentPort };
}

describe('HAProxy', () => {
  /** What HAProxy’s stats socket says of one server. */
  async function stateOf(socket: string, server: string): Promise<string> {
    const client = connect(socket);
    client.on('error', () => undefined);
    client.end('show stat\n');
    const chunks: Buffer[] = [];
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(client, 'close');
    const [header = '', ...rows] = Buffer.concat(chunks).toString().split('\n');
    const columns = header.replace('# ', '').split(',');
    const row = rows.map((line) => line.split(',')).find((cells) => cells[1] === server) ?? [];
    const cell = (name: string) => row[columns.indexOf(name)] ?? '';
    return `${cell('status')} ${cell('weight')}`;
  }

  it('X6: follows the agent from 100 to 50 to down and up again', async () => {
    const { toys, gateway, ask, agentPort } = await watched();
    const folder = temporaryFolder();
    const socket = join(folder, 'stats');
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(
      file,
      `global
  stats socket ${socket} mode 600 level admin
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
backend gateways
  server one ${new URL(gateway.url).host} weight 100 check inter 100ms agent-check agent-port ${agentPort} agent-inter 200ms
`,
    );
    const started = new Process(haproxy, ['-f', file, '-db'], {});
    const state = () => stateOf(socket, 'one');
    const patience = { timeout: 20_000, interval: 100 };
    await expect.poll(state, patience).toBe('UP 100');

    await toys[0].set({ refuse: true });
    const tired = async () => {
      await ask();
      return state();
    };
    await expect.poll(tired, patience).toBe('UP 50');
    await toys[1].set({ refuse: true });
    await expect.poll(tired, patience).toMatch(/^DOWN/);
    await toys[0].clear();
    await toys[1].clear();
    await expect.poll(tired, patience).toBe('UP 100');
    started.child.kill('SIGTERM');
    await started.ended;
  }, 90_000);

  it('X7: takes the default httpchk, which is OPTIONS without a Host', async () => {
    const { gateway } = await watched();
    const folder = temporaryFolder();
    const socket = join(folder, 'stats');
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(
      file,
      `global
  stats socket ${socket} mode 600 level admin
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
backend gateways
  option httpchk OPTIONS /health
  server one ${new URL(gateway.url).host} check inter 100ms
  server two ${new URL(gateway.addresses.probes).host} check inter 100ms
backend nowhere
  option httpchk OPTIONS /nothing
  server three ${new URL(gateway.url).host} check inter 100ms fall 1
`,
    );
    const started = new Process(haproxy, ['-f', file, '-db'], {});
    const patience = { timeout: 20_000, interval: 100 };
    await expect.poll(() => stateOf(socket, 'one'), patience).toBe('UP 1');
    await expect.poll(() => stateOf(socket, 'three'), patience).toMatch(/^DOWN/);
    started.child.kill('SIGTERM');
    await started.ended;
  }, 60_000);
});

describe('check_http', () => {
  it('is OK while all is well and CRITICAL when nothing can be served', async () => {
    const { toys, gateway, ask } = await watched();
    const { hostname, port } = new URL(gateway.url);
    const plugin = async (...more: string[]) =>
      run(checkHttp, ['-I', hostname, '-p', port, '-u', '/health', ...more]).then(
        ({ stdout }) => ({ code: 0, stdout }),
        ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
      );
    const patience = { timeout: 20_000, interval: 100 };
    await expect.poll(async () => (await plugin('-s', 'healthy')).code, patience).toBe(0);
    for (const toy of toys) await toy.set({ refuse: true });
    const tired = async () => {
      await ask();
      return (await plugin()).code;
    };
    await expect.poll(tired, patience).toBe(2);
  }, 60_000);
});

describe('curl', () => {
  it.each(['-0', '--http1.1'])('H2: gets its answer with %s and without Host', async (version) => {
    const { gateway } = await watched();
    const args = ['-s', version, '-H', 'Host:', '-o', '/dev/null', '-w', '%{http_code}'];
    const { stdout } = await run(curl, [...args, `${gateway.url}/health`]);
    // HTTP/1.1 demands a Host, and health is still health without one.
    expect(stdout).toBe('200');
  });
});

describe('the gateway’s health in every format', () => {
  const formats: readonly (readonly [name: string, type: RegExp, well: RegExp, ill: number])[] = [
    ['json', /^application\/json/, /^\{"status":"healthy"/, 503],
    ['health+json', /^application\/health\+json/, /^\{"status":"pass"/, 503],
    ['actuator', /^application\/vnd\.spring-boot\.actuator\.v3\+json/, /^\{"status":"UP"/, 503],
    ['microprofile', /^application\/json/, /^\{"status":"UP"/, 503],
    ['aspnet', /^text\/plain/, /^Healthy$/, 503],
    ['k8s', /^text\/plain/, /^ok$/, 500],
    ['nagios', /^text\/plain/, /^VITALGATE OK/, 503],
    ['prometheus', /^text\/plain; version=0\.0\.4/, /^vitalgate_health\{view="health"\} 1$/m, 200],
    ['openmetrics', /^application\/openmetrics-text/, /# EOF\n$/, 200],
    ['xml', /^application\/xml/, /<health status="healthy"/, 503],
    ['yaml', /^application\/yaml/, /^status: "healthy"/, 503],
    ['csv', /^text\/csv/, /^name,status/, 503],
    ['text', /^text\/plain/, /^healthy/, 503],
    ['html', /^text\/html/, /<h1>All is well</, 503],
  ];

  it('keeps each standard’s own words and codes', async () => {
    const { toys, gateway, ask } = await watched();
    const patience = { timeout: 20_000, interval: 50 };
    const status = async () => (await fetch(`${gateway.url}/health`)).status;
    const word = async () =>
      ((await (await fetch(`${gateway.url}/health`)).json()) as { status: string }).status;
    await expect.poll(word, patience).toBe('healthy');
    for (const [name, type, well] of formats) {
      const answer = await fetch(`${gateway.url}/health?format=${encodeURIComponent(name)}`);
      expect([name, answer.status]).toEqual([name, 200]);
      expect(answer.headers.get('content-type')).toMatch(type);
      expect(await answer.text()).toMatch(well);
    }
    for (const toy of toys) await toy.set({ refuse: true });
    const tired = async () => {
      await ask();
      return status();
    };
    await expect.poll(tired, patience).toBe(503);
    for (const [name, , well, ill] of formats) {
      const answer = await fetch(`${gateway.url}/health?format=${encodeURIComponent(name)}`);
      expect([name, answer.status]).toEqual([name, ill]);
      if (ill >= 500 && name !== 'csv') expect(await answer.text()).not.toMatch(well);
    }
  }, 60_000);

  it('H14, O9: chooses by Accept, and refuses only what is impossible', async () => {
    const { gateway } = await watched();
    const typeFor = async (accept: string) => {
      const answer = await fetch(`${gateway.url}/health`, { headers: { accept } });
      return answer.status === 406 ? '406' : answer.headers.get('content-type');
    };
    expect(await typeFor('*/*')).toBe('application/json');
    expect(await typeFor('text/html,application/xhtml+xml,*/*;q=0.8')).toMatch(/^text\/html/);
    expect(await typeFor('application/health+json, application/json;q=0.5')).toBe(
      'application/health+json',
    );
    expect(
      await typeFor('application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'),
    ).toMatch(/^application\/openmetrics-text/);
    expect(await typeFor('application/xml')).toBe('application/xml');
    expect(await typeFor('image/png')).toBe('406');
  });
});
