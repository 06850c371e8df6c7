import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  chatConfig,
  KEY,
  ledgerOf,
  post,
  sharedGateway,
  temporaryFolder,
  writeConfig,
  type TestGateway,
} from '../harness/gateway.ts';
import { Process, vitalgate } from '../harness/process.ts';
import { answerWell, Upstream, type Script } from '../harness/upstream.ts';

const soon = { timeout: 5000, interval: 20 };
const path = '/v1/chat/completions';
const small = { model: 'chat', messages: [] };

describe('MX13: more calls than may be at once', () => {
  const MOST = 8;
  const held: (() => void)[] = [];
  const holding: Script = (received, response) =>
    new Promise<void>((resolve) => held.push(resolve)).then(() => answerWell(received, response));
  let upstream: Upstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await Upstream.shared('only', holding);
    gateway = await sharedGateway({
      config: chatConfig('openai-chat', [upstream], `server: { maxConnections: ${MOST} }`).replace(
        'firstToken: 1s',
        'firstToken: 10s',
      ),
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  it('are refused before their bodies come, while those inside are served and health answers', async () => {
    const inside = Array.from({ length: MOST }, () => post(gateway.url, path, small));
    await vi.waitFor(() => expect(held).toHaveLength(MOST), soon);

    // Of these nothing but the head is ever sent: there is no queue in which they could wait.
    const took: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      const began = process.hrtime.bigint();
      const asked = request(gateway.url + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${KEY}`,
          'content-type': 'application/json',
          'content-length': 1_000_000,
        },
      });
      asked.flushHeaders();
      asked.on('error', () => {});
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      took.push(Number(process.hrtime.bigint() - began) / 1e6);
      const told = (await answer.setEncoding('utf8').toArray()).join('');
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
      expect(told).toContain('overloaded');
      asked.destroy();
    }
    // The median: others use this machine, too.
    expect(took.toSorted((a, b) => a - b)[10]).toBeLessThan(50);
    expect(upstream.calls).toHaveLength(MOST);
    for (const url of [`${gateway.url}/health`, `${gateway.addresses.probes}/livez`]) {
      expect([url, (await fetch(url)).status]).toEqual([url, 200]);
    }

    for (const go of held.splice(0)) go();
    for (const answer of await Promise.all(inside)) {
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('hello')]);
    }
    upstream.script = answerWell;
    await vi.waitFor(async () => {
      const answer = await post(gateway.url, path, small);
      await answer.text();
      expect(answer.status).toBe(200);
    }, soon);
  });
});

describe('MX12: more connections than there are open files', () => {
  it('are closed and told of, while the store and the log have theirs', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const folder = temporaryFolder();
    const config = writeConfig(folder, chatConfig('openai-chat', [upstream]));
    const gateway = new Process(
      'prlimit',
      [
        '--nofile=256:256',
        process.execPath,
        '--conditions=vitalgate-source',
        'packages/cli/src/bin.ts',
        'start',
        '--config',
        config,
        '--log-level',
        'warn',
      ],
      {},
    );
    await gateway.until(/^ready$/m);
    expect(gateway.stderr).toContain('open files (ulimit -n) allow fewer calls');
    const url = gateway.address('gateway');
    const served: string[] = [];
    const call = async (): Promise<number> => {
      const answer = await post(url, path, small);
      await answer.text();
      if (answer.status === 200) served.push(answer.headers.get('x-request-id') ?? '');
      return answer.status;
    };
    expect(await call()).toBe(200);

    const { hostname, port } = new URL(url);
    const open = new Set<Socket>();
    for (let i = 0; i < 400; i += 1) {
      const socket = connect(Number(port), hostname);
      open.add(socket);
      socket.on('error', () => {}).on('close', () => open.delete(socket));
    }
    await vi.waitFor(() => expect(gateway.stderr).toContain('more are closed'), soon);
    const files = () => readdirSync(`/proc/${gateway.child.pid}/fd`).length;
    await vi.waitFor(() => expect(open.size).toBeLessThan(100), soon);
    expect(files()).toBeLessThan(240);
    // One that was let in before is served, store and all.
    expect(await call()).toBe(200);
    await vi.waitFor(async () => {
      const metrics = await (await fetch(`${gateway.address('probes')}/metrics`)).text();
      const refused = /^vitalgate_connections_refused (\d+)/m.exec(metrics)?.[1];
      expect(Number(refused)).toBeGreaterThan(200);
    }, soon);

    for (const socket of open) socket.destroy();
    const burst = await vi.waitFor(async () => {
      const statuses = await Promise.all(Array.from({ length: 20 }, call));
      expect(statuses).toEqual(Array.from({ length: 20 }, () => 200));
      return statuses;
    }, soon);
    expect(burst).toHaveLength(20);
    gateway.child.kill('SIGTERM');
    expect((await gateway.ended).code).toBe(0);
    const known = new Set(ledgerOf(join(folder, 'vitalgate.db')).map(({ id }) => id));
    expect(served.filter((id) => !known.has(id))).toEqual([]);
  });
});

/** A gateway that guards all texts and has little memory for it, once it is ready. */
async function withSmallHeap(upstream: Upstream, wait: string): Promise<Process> {
  const config = writeConfig(
    temporaryFolder(),
    `guardrails: [{ name: all, detect: [pii, secrets], action: redact }]
${chatConfig('anthropic', [upstream]).replace('firstToken: 1s, idle: 1s', `firstToken: ${wait}, idle: ${wait}`)}`,
  );
  const gateway = vitalgate(['start', '--config', config, '--log-level', 'error'], {}, [
    '--max-old-space-size=128',
  ]);
  await gateway.until(/^ready$/m);
  return gateway;
}

describe('X04: bodies that together are larger than the heap', () => {
  const texts = (bytes: number) =>
    JSON.stringify({
      model: 'chat',
      messages: [{ role: 'user', content: 'hello a@b.de '.repeat(bytes / 13) }],
    });
  const messages = (bytes: number) =>
    JSON.stringify({
      model: 'chat',
      messages: Array.from({ length: bytes / 30 }, () => ({ role: 'user', content: 'a' })),
    });

  it('are refused with 503, and the process lives', { timeout: 60_000 }, async () => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await withSmallHeap(upstream, '15s');
    const url = gateway.address('gateway');
    const seen = new Map<number, number>();
    const send = async (body: string) => {
      const answer = await post(url, path, body);
      const told = await answer.text();
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
      if (answer.status !== 503) return;
      expect([answer.headers.get('retry-after'), told]).toEqual([
        '1',
        expect.stringContaining('memory'),
      ]);
    };
    for (const body of [texts(9e6), messages(9e6), messages(1e6)]) {
      await Promise.all(Array.from({ length: 6 }, () => send(body)));
      expect((await fetch(`${url}/health`)).status).toBe(200);
    }
    expect(new Set(seen.keys())).toEqual(new Set([200, 503]));
    expect(seen.get(503)).toBeGreaterThan(12);

    await vi.waitFor(async () => {
      const answer = await post(url, path, small);
      await answer.text();
      expect(answer.status).toBe(200);
    }, soon);
    gateway.child.kill('SIGTERM');
    expect((await gateway.ended).code).toBe(0);
  });
});

describe('X04: answers that together are larger than the heap', () => {
  const anthropic = (text: string) =>
    JSON.stringify({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'model',
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 2_000_000 },
    });

  it.each([
    ['hold nothing', 12, 'hello '.repeat(2_000_000), 12_000_000],
    ['are full of finds', 3, 'hello a@b.de '.repeat(900_000), 'hello [EMAIL] '.length * 900_000],
  ])(
    'that %s are passed on whole or refused, and the process lives',
    { timeout: 120_000 },
    async (_of, count, said, length) => {
      const upstream = await Upstream.start('only', (received, response) => {
        if (!received.body.includes('long')) return answerWell(received, response);
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(anthropic(said));
      });
      const gateway = await withSmallHeap(upstream, '30s');
      const url = gateway.address('gateway');
      const ask = async (): Promise<number | 'cut'> => {
        const answer = await post(url, path, {
          model: 'chat',
          messages: [{ role: 'user', content: 'long' }],
        });
        try {
          const told = await answer.text();
          if (answer.status === 200) expect(told.length).toBeGreaterThan(length);
        } catch {
          return 'cut';
        }
        return answer.status;
      };
      // Each is held whole, because it is translated and read: a dozen are 144 MB, and a million finds
      // were as much for each.
      const seen = await Promise.all(Array.from({ length: count }, ask));
      expect(gateway.child.exitCode).toBe(null);
      expect(seen).toContain(200);
      expect(seen.filter((one) => ![200, 502, 503, 504, 'cut'].includes(one))).toEqual([]);
      await vi.waitFor(async () => {
        const answer = await post(url, path, small);
        await answer.text();
        expect(answer.status).toBe(200);
      }, soon);
      gateway.child.kill('SIGTERM');
      expect((await gateway.ended).code).toBe(0);
    },
  );
});
