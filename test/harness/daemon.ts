/** Real servers as processes that a test kills, pauses and starts again on the same data. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

/** How long a package may take to come, and a server to start for the first time. */
export const PATIENCE_MS = 600_000;

/** Whom servers run as that refuse to run as root. */
interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** An account by name, when this is root; undefined to stay who we are. */
export async function account(name: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = await readFile('/etc/passwd', 'utf8');
  const [, , uid, gid] =
    users
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error(`There is no account ${name}.`);
  return { uid: Number(uid), gid: Number(gid) };
}

export interface Recipe {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly as?: Account | undefined;
  /** What it prints when it is ready. */
  readonly ready: RegExp;
}

/** A server process that can be killed, paused and started again on the same data. */
export class Daemon {
  /** Everything it printed since it was last started. */
  output = '';
  readonly #recipe: Recipe;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(folder: string, recipe: Recipe) {
    this.#folder = folder;
    this.#recipe = recipe;
  }

  /** Resolves when it is ready; rejects with what it said when it ends before. */
  async start(): Promise<void> {
    const { command, args, env, as, ready } = this.#recipe;
    this.output = '';
    const child = spawn(command, args, {
      cwd: this.#folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...as,
    });
    this.#child = child;
    this.#ended = once(child, 'close');
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    await this.until(ready);
  }

  /** Resolves when it has printed this since it was started; rejects when it ends before. */
  async until(pattern: RegExp): Promise<void> {
    const child = this.#child;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(this.output)) resolve();
      };
      child?.stdout?.on('data', look);
      child?.stderr?.on('data', look);
      child?.once('error', reject);
      child?.once('close', () =>
        reject(new Error(`${this.#recipe.command} ended: ${this.output}`)),
      );
      look();
    });
  }

  /** As a crash would: nothing is said to anybody. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#ended;
  }

  /**
   * As when the machine swaps: connections stay, and nobody answers. Resolves when every thread
   * stands still: a server of many threads answers for a moment longer than the signal takes.
   */
  async pause(): Promise<void> {
    this.#signal('SIGSTOP');
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    while (![...family(pid)].every(standsStill)) await setImmediate();
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  /** Has it run and answer, whatever a test that failed left it in. */
  async restore(): Promise<void> {
    this.resume();
    if (!this.#isRunning) await this.start();
  }

  /** Ends it and takes its folder away. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  #signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    const pid = this.#child?.pid;
    if (pid === undefined || !this.#isRunning) return;
    // The children of a process that is killed are nobody's: they are counted while it stands still.
    if (signal === 'SIGKILL') this.#signal('SIGSTOP');
    for (const one of signal === 'SIGKILL' ? [...family(pid)] : family(pid)) send(one, signal);
  }
}

/**
 * A process and all below it, itself first. A process group would not do: PostgreSQL's servers make
 * sessions of their own.
 */
function* family(pid: number): Generator<number> {
  yield pid;
  const children = `/proc/${pid}/task/${pid}/children`;
  const pids = existsSync(children) ? readFileSync(children, 'utf8') : '';
  for (const one of pids.split(' ').filter(Boolean)) yield* family(Number(one));
}

/** State T of every thread (proc(5)); the name before it may hold blanks and brackets itself. */
function standsStill(pid: number): boolean {
  const threads = `/proc/${pid}/task`;
  if (!existsSync(threads)) return true;
  return readdirSync(threads).every((thread) => {
    const stat = readFileSync(`${threads}/${thread}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')')).startsWith(') T');
  });
}

/** Whoever has just ended by itself needs no signal. */
function send(pid: number, signal: NodeJS.Signals): void {
  if (existsSync(`/proc/${pid}`)) process.kill(pid, signal);
}

/** A folder of its own, in which the account may write. */
export async function folderFor(as?: Account): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'server-'));
  await chmod(folder, 0o755);
  if (as !== undefined) await chown(folder, as.uid, as.gid);
  return folder;
}
