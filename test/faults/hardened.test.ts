import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chatConfig, ledgerOf, post, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { Process } from '../harness/process.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/** Nothing but the folder of the store may be written, by nobody, who can become nobody else. */
const hardened = (data: string): string =>
  [
    'mount --make-rprivate /',
    `mount --bind '${data}' '${data}'`,
    'mount -o remount,bind,ro /',
    `exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set -all --inh-caps -all "$@"`,
  ].join(' && ');

const NOBODY = 65_534;

describe('R09: a read-only root, no user, no privileges to be had', () => {
  it('are enough to start, serve, be asked and stop', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const folder = temporaryFolder();
    const data = join(folder, 'data');
    mkdirSync(data);
    chmodSync(folder, 0o755);
    chmodSync(data, 0o777);
    const config = writeConfig(data, chatConfig('openai-chat', [upstream]));
    const isRoot = process.getuid?.() === 0;
    const node = [
      process.execPath,
      '--permission',
      '--allow-fs-read=*',
      `--allow-fs-write=${data}`,
      '--allow-worker',
      '--conditions=vitalgate-source',
      'packages/cli/src/bin.ts',
      'start',
      '--config',
      config,
    ];
    const [command = '', ...args] = isRoot
      ? ['unshare', '--mount', 'sh', '-c', hardened(data), 'sh', ...node]
      : node;
    const gateway = new Process(command, args, {});
    await gateway.until(/^ready$/m);
    const status = readFileSync(`/proc/${gateway.child.pid}/status`, 'utf8');
    if (isRoot) {
      expect(status).toMatch(new RegExp(`^Uid:\\s+${NOBODY}\\s+${NOBODY}`, 'm'));
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
      expect(status).toMatch(/^CapEff:\s+0+$/m);
    }

    const answer = await post(gateway.address('gateway'), '/v1/chat/completions', {
      model: 'chat',
      messages: [],
    });
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('hello')]);
    for (const url of [
      `${gateway.address('gateway')}/health`,
      `${gateway.address('probes')}/readyz`,
      `${gateway.address('probes')}/metrics`,
      gateway.address('admin'),
    ]) {
      expect([url, (await fetch(url)).status]).toEqual([url, 200]);
    }
    gateway.child.kill('SIGTERM');
    expect((await gateway.ended).code).toBe(0);
    expect(ledgerOf(join(data, 'vitalgate.db'))).toHaveLength(1);
  });
});
