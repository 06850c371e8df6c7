import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { chatConfig, ledgerOf, post, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { vitalgate } from '../harness/process.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/** Long enough for a machine that is busy. */
const soon = { timeout: 20_000, interval: 50 };

describe('a disk that is full', () => {
  it('refuses calls before it loses one, and goes on when there is room', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const folder = temporaryFolder();
    const config = writeConfig(folder, chatConfig('openai-chat', [upstream]));
    const gateway = vitalgate(['start', '--config', config, '--log-level', 'error']);
    await gateway.until(/^ready$/m);
    const url = gateway.address('gateway');
    // No file of the process may grow any more: what a full disk says to a program (setrlimit(2)).
    const limit = (bytes: string) =>
      promisify(execFile)('prlimit', [`--pid=${gateway.child.pid ?? 0}`, `--fsize=${bytes}`]);
    await limit('4096:unlimited');

    const served: string[] = [];
    let refused = '';
    while (refused === '') {
      const answer = await post(url, '/v1/chat/completions', { model: 'chat', messages: [] });
      const text = await answer.text();
      if (answer.status === 200) served.push(answer.headers.get('x-request-id') ?? '');
      else refused = `${answer.status} ${text}`;
    }
    expect(served.length).toBeGreaterThan(400);
    expect(refused).toMatch(/^503 .*ledger_full/);
    const health = await fetch(`${url}/health`);
    expect(JSON.stringify(await health.json())).toContain('ledger_full');

    await limit('unlimited:unlimited');
    await vi.waitFor(async () => {
      const answer = await post(url, '/v1/chat/completions', { model: 'chat', messages: [] });
      await answer.text();
      expect(answer.status).toBe(200);
      served.push(answer.headers.get('x-request-id') ?? '');
    }, soon);
    gateway.child.kill('SIGTERM');
    expect((await gateway.ended).code).toBe(0);
    const known = new Set(ledgerOf(join(folder, 'vitalgate.db')).map(({ id }) => id));
    expect(served.filter((id) => !known.has(id))).toEqual([]);
  });
});
