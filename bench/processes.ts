import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { pinTo } from './cores.ts';
import { BenchError } from './errors.ts';

const STOP_MS = 5000;
const running = new Set<Running>();

/** A child in a process group of its own, so that ending it takes its workers along. */
export class Running {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<undefined>;
  #output = '';
  #errors = '';
  #onOutput: () => void = () => {};

  /** Starts `command`, on that core alone when one is given. */
  constructor(core: number | undefined, command: string, args: readonly string[]) {
    this.#name = [command, ...args].join(' ').slice(0, 200);
    const pin = core === undefined ? [] : pinTo(core);
    const [file = command, ...rest] = [...pin, command, ...args];
    this.#child = spawn(file, rest, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    running.add(this);
    this.#exited = new Promise((resolve) => {
      const over = (): void => {
        running.delete(this);
        resolve(undefined);
      };
      this.#child.once('close', over);
      this.#child.once('error', (error) => {
        this.#errors += error.message;
        over();
      });
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
      this.#onOutput();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-2000);
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw this.#failure('did not start');
    return this.#child.pid;
  }

  /** The first match in standard output. @throws BenchError when it ends first or takes too long. */
  async says(pattern: RegExp, withinMs: number): Promise<RegExpExecArray> {
    const said = new Promise<RegExpExecArray>((resolve) => {
      this.#onOutput = () => {
        const match = pattern.exec(this.#output);
        if (match !== null) resolve(match);
      };
      this.#onOutput();
    });
    const tooLate = setTimeout(() => this.kill(), withinMs);
    const match = await Promise.race([said, this.#exited]);
    clearTimeout(tooLate);
    if (match === undefined) throw this.#failure(`never said ${pattern}`);
    return match;
  }

  /** All of standard output, once it has ended. @throws BenchError when it fails or takes too long. */
  async result(withinMs: number): Promise<string> {
    const tooLate = setTimeout(() => this.kill(), withinMs);
    await this.#exited;
    clearTimeout(tooLate);
    if (this.#child.exitCode !== 0) throw this.#failure('failed');
    return this.#output;
  }

  /** Asks it to end as a person does, for nobody balances here, and ends it if it does not. */
  async stop(): Promise<void> {
    this.#signal('SIGINT');
    const tooLate = setTimeout(() => this.kill(), STOP_MS);
    await this.#exited;
    clearTimeout(tooLate);
  }

  kill(): void {
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // The group is gone already.
    }
  }

  #failure(what: string): BenchError {
    const said = `${this.#errors}${this.#output.slice(-500)}`.trim();
    return new BenchError(`${this.#name}: ${what}${said === '' ? '' : `\n${said}`}`);
  }
}

/** Ends everything this process has started. For every way out, also an interrupted one. */
export function killAll(): void {
  for (const child of running) child.kill();
}

/** A loopback port that was free a moment ago, for programs that cannot choose one themselves. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
