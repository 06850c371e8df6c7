import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { chatConfig, ledgerOf, post, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { debianProgram } from '../harness/debian.ts';
import { vitalgate, type Process } from '../harness/process.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/** The N-th call of the disk's, and each N-th after it, fails: what a dying disk says to a program. */
const failing = (what: 'writeSync' | 'fdatasync'): string =>
  `data:text/javascript,
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';
const every = Number(process.env.FAIL_EVERY);
let calls = 0;
const broken = () => Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
const { writeSync, fdatasync } = fs;
if (isMainThread) {
  if ('${what}' === 'writeSync') {
    fs.writeSync = (fd, ...rest) => {
      if (fd > 2 && ++calls % every === 0) throw broken();
      return writeSync(fd, ...rest);
    };
  } else {
    fs.fdatasync = (fd, done) => (++calls % every === 0 ? setImmediate(done, broken()) : fdatasync(fd, done));
  }
  syncBuiltinESMExports();
}`.replaceAll('\n', ' ');

const SHIM = fileURLToPath(new URL('failing-disk.c', import.meta.url));

function integrityOf(config: string): unknown {
  const database = new DatabaseSync(join(dirname(config), 'vitalgate.db'), { readOnly: true });
  const { integrity_check: told } = database.prepare('PRAGMA integrity_check').get() ?? {};
  database.close();
  return told;
}

/** A night's: IO_ERRORS=200 npx vitest run test/faults/io-errors.test.ts */
const LAST = Number(process.env['IO_ERRORS'] ?? 0);
const rounds = LAST === 0 ? [2] : Array.from({ length: LAST }, (_, i) => i + 1);
const CALLS = 20;

describe('X14: an I/O error at every N-th call', () => {
  const start = async (config: string, what?: Parameters<typeof failing>[0], every = 0) => {
    const args = what === undefined ? [] : ['--import', failing(what)];
    const started = vitalgate(
      ['start', '--config', config, '--log-level', 'error'],
      { FAIL_EVERY: String(every) },
      args,
    );
    await started.until(/^ready$/m);
    return started;
  };

  const prepare = async () => {
    const upstream = await Upstream.start('only', answerWell);
    const folder = temporaryFolder();
    const config = writeConfig(
      folder,
      `durability: full\n${chatConfig('openai-chat', [upstream])}`,
    );
    return { upstream, config, ledger: () => ledgerOf(join(folder, 'vitalgate.db')) };
  };

  /** Calls until there were enough, or nobody is there; gives the ids of what was served. */
  async function calls(
    gateway: Process,
    enough = CALLS,
  ): Promise<{ served: string[]; seen: Set<number> }> {
    const served: string[] = [];
    const seen = new Set<number>();
    for (let i = 0; i < enough; i += 1) {
      try {
        const answer = await post(gateway.address('gateway'), '/v1/chat/completions', {
          model: 'chat',
        });
        await answer.text();
        seen.add(answer.status);
        if (answer.status === 200) served.push(answer.headers.get('x-request-id') ?? '');
      } catch {
        break;
      }
    }
    return { served, seen };
  }

  it(
    'of writes: what is served is in the ledger, and what cannot be is refused',
    { timeout: 60_000 + LAST * 20_000 },
    async () => {
      const { upstream, config, ledger } = await prepare();
      const all: string[] = [];
      for (const every of rounds) {
        const gateway = await start(config, 'writeSync', every);
        const { served, seen } = await calls(gateway);
        expect([every, [...seen].filter((status) => status !== 200 && status !== 503)]).toEqual([
          every,
          [],
        ]);
        if (every === 1) expect(served).toEqual([]);
        else expect([every, seen.has(200)]).toEqual([every, true]);
        all.push(...served);
        gateway.child.kill('SIGKILL');
        await gateway.ended;
      }
      const last = await start(config);
      last.child.kill('SIGTERM');
      expect((await last.ended).code).toBe(0);
      const rows = ledger();
      const ids = new Set(rows.map(({ id }) => id));
      expect(ids.size).toBe(rows.length);
      expect(all.filter((id) => !ids.has(id))).toEqual([]);
      const sent = rows.filter(({ attempts }) => Number(attempts) > 0);
      expect(sent.length).toBeGreaterThanOrEqual(upstream.calls.length);
    },
  );

  it(
    'of what makes writes last: the process ends, and asks the disk no second time',
    { timeout: 60_000 + LAST * 20_000 },
    async () => {
      const { upstream, config, ledger } = await prepare();
      const all: string[] = [];
      for (const every of rounds) {
        const gateway = await start(config, 'fdatasync', every);
        // Each call waits for the disk once, at least.
        const { served } = await calls(gateway, every + 1);
        all.push(...served);
        const { code, stderr } = await gateway.ended;
        expect([every, code, stderr]).toEqual([
          every,
          1,
          expect.stringContaining('the disk did not keep the ledger'),
        ]);
        expect(served).toHaveLength(every - 1);
      }
      const last = await start(config);
      expect((await calls(last)).served).toHaveLength(CALLS);
      last.child.kill('SIGTERM');
      expect((await last.ended).code).toBe(0);
      const ids = new Set(ledger().map(({ id }) => id));
      expect(all.filter((id) => !ids.has(id))).toEqual([]);
      expect(upstream.calls).toHaveLength(all.length + CALLS);
    },
  );

  it(
    'of SQLite’s own: calls go on, their rows wait beside it, and none is lost or there twice',
    { timeout: 60_000 + LAST * 20_000 },
    async () => {
      const { config, ledger } = await prepare();
      const library = join(temporaryFolder(), 'failing-disk.so');
      const compiler = await debianProgram('cc', 'gcc libc6-dev');
      execFileSync(compiler, ['-shared', '-fPIC', '-o', library, SHIM, '-ldl']);
      const flag = join(temporaryFolder(), 'fails');
      const all: string[] = [];
      for (const every of rounds) {
        rmSync(flag, { force: true });
        const gateway = vitalgate(['start', '--config', config, '--log-level', 'error'], {
          LD_PRELOAD: library,
          FAIL_WHILE: flag,
          FAIL_EVERY: String(every),
          FAIL_FILE: 'vitalgate.db',
        });
        await gateway.until(/^ready$/m);
        writeFileSync(flag, '');
        const { served, seen } = await calls(gateway);
        expect([every, [...seen]]).toEqual([every, [200]]);
        all.push(...served);
        const isTold = () => (gateway.stdout + gateway.stderr).includes('they wait in the spool');
        await vi.waitUntil(isTold, 20_000);
        // With the disk as it is, or well again.
        if (every % 2 === 1) rmSync(flag);
        gateway.child.kill(every % 2 === 1 ? 'SIGTERM' : 'SIGKILL');
        await gateway.ended;
      }
      const last = await start(config);
      last.child.kill('SIGTERM');
      expect((await last.ended).code).toBe(0);
      const ids = ledger().map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(all.filter((id) => !ids.includes(id))).toEqual([]);
      expect(integrityOf(config)).toBe('ok');
    },
  );
});
