import { join } from 'node:path';
import { systemClock, type Cancel, type Clock } from '@vitalgate/health';
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
import { vitalgate } from '../harness/process.ts';
import { answerWell, chatEvents, Upstream } from '../harness/upstream.ts';

/** Every part of the gateway reads the clock; at the N-th look from now on, it throws. */
class BreakingClock implements Clock {
  #left = Number.POSITIVE_INFINITY;

  /** Throws at the n-th look. */
  breakAt(n: number): void {
    this.#left = n;
  }

  get hasBroken(): boolean {
    return this.#left <= 0;
  }

  mend(): void {
    this.#left = Number.POSITIVE_INFINITY;
  }

  #look(): void {
    this.#left -= 1;
    if (this.#left === 0) throw new Error('a defect that was put in');
  }

  now(): number {
    this.#look();
    return systemClock.now();
  }

  wall(): number {
    this.#look();
    return systemClock.wall();
  }

  after(ms: number, fn: () => void): Cancel {
    return systemClock.after(ms, fn);
  }

  every(ms: number, fn: () => void): Cancel {
    return systemClock.every(ms, fn);
  }
}

const clock = new BreakingClock();
let upstream: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await Upstream.shared('only', answerWell);
  gateway = await sharedGateway({
    clock,
    config: `${chatConfig('openai-chat', [upstream]).replace(
      `secret: ${KEY} }`,
      `secret: ${KEY}, limits: [{ requests: 100000, per: 1h }] }`,
    )}
health: { fall: 100 }
guardrails: [{ name: all, detect: [pii, secrets], action: redact }]
capture: { keep: 1d }
`,
  });
});
afterAll(async () => {
  clock.mend();
  await gateway.stop();
  await upstream.close();
});

async function ask(stream: boolean): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body: JSON.stringify({
      model: 'chat',
      stream,
      messages: [{ role: 'user', content: 'write to a@b.de' }],
    }),
    signal: AbortSignal.timeout(3000),
  });
  return { status: answer.status, text: await answer.text() };
}

describe('X26: a defect wherever the clock is read', () => {
  it.each([false, true])('costs one call at most, streamed: %s', async (stream) => {
    const seen = new Set<number>();
    let last = 0;
    for (let n = 1; n < 500 && last === 0; n += 1) {
      clock.breakAt(n);
      const { status, text } = await ask(stream);
      if (!clock.hasBroken) last = n;
      clock.mend();
      seen.add(status);
      // Where it came after the answer, or beside it, the answer is whole.
      if (status === 200) expect([n, text]).toEqual([n, expect.stringMatching(whole(stream))]);
      else expect([n, JSON.parse(text)]).toMatchObject([n, { error: {} }]);
      expect([n, (await ask(stream)).status]).toEqual([n, 200]);
    }
    expect(last).toBeGreaterThan(20);
    expect(seen).toEqual(new Set([200, 500, 502]));
    // Each is told of, and each call that reached the provider has its row.
    expect(gateway.logged.join('')).toContain('a defect that was put in');
    await vi.waitFor(() => {
      const sent = ledgerOf(gateway.databasePath).filter(({ attempts }) => Number(attempts) > 0);
      expect(sent.length).toBeGreaterThanOrEqual(upstream.calls.length);
    });
  });
});

const whole = (stream: boolean): RegExp => (stream ? /data: \[DONE\]\n\n$/ : /"hello"/);

describe('X26: a defect that nobody is there to catch', () => {
  const throwing =
    'data:text/javascript,' +
    'process.on("SIGUSR2",()=>setTimeout(()=>{throw new Error("nobody caught this")}));' +
    'process.on("SIGWINCH",()=>{Promise.reject(new Error("nobody waited for this"))})';

  it('ends the process when what runs is over, and is told of; a promise is only told of', async () => {
    let end = () => {};
    const streaming = await Upstream.start('streaming', (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of chatEvents.slice(0, 2)) response.write(event);
      end = () => response.end(chatEvents.slice(2).join(''));
    });
    const folder = temporaryFolder();
    const config = writeConfig(
      folder,
      chatConfig('openai-chat', [streaming]).replace('idle: 1s', 'idle: 15s'),
    );
    const started = vitalgate(['start', '--config', config, '--log-level', 'error'], {}, [
      '--import',
      throwing,
    ]);
    await started.until(/^ready$/m);
    const url = started.address('gateway');
    const answer = await post(url, '/v1/chat/completions', {
      model: 'chat',
      stream: true,
      messages: [],
    });
    started.child.kill('SIGWINCH');
    await vi.waitFor(() => expect(started.stderr).toContain('nobody waited for this'), soon);
    expect((await fetch(`${url}/health`)).status).toBe(200);

    started.child.kill('SIGUSR2');
    await vi.waitFor(() => expect(started.stderr).toContain('nobody caught this'), soon);
    end();
    expect(await answer.text()).toMatch(/data: \[DONE\]\n\n$/);
    expect((await started.ended).code).toBe(1);
    expect(ledgerOf(join(folder, 'vitalgate.db'))).toMatchObject([{ outcome: 'completed' }]);
  });
});

const soon = { timeout: 5000, interval: 20 };
