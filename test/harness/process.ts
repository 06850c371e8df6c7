import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = fileURLToPath(new URL('../../packages/cli/src/bin.ts', import.meta.url));

/** A command that has ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A gateway, or any command of it, as a process of its own. */
export class Process {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  /** Resolves when it has ended and all it said is read. */
  readonly ended: Promise<Ended>;

  /** Ends with its test, unless it is for several: then `kill` is to be called after the last. */
  constructor(
    command: string,
    args: readonly string[],
    environment: Record<string, string>,
    isShared: boolean = false,
  ) {
    this.child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = once(this.child, 'close').then(([code]: unknown[]) => ({
      code: code as number | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
    if (!isShared) onTestFinished(() => this.kill());
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Resolves with what was printed as soon as a line of it matches; rejects when it ends before. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.stdout)) {
      const more = this.child.stdout === null ? undefined : once(this.child.stdout, 'data');
      const ended = await Promise.race([more, this.ended]);
      if (ended !== undefined && 'code' in ended && !pattern.test(this.stdout)) {
        throw new Error(`ended with ${String(ended.code)}: ${this.stdout}${this.stderr}`);
      }
    }
    return this.stdout;
  }

  /** An address as it was printed: gateway, admin or probes. */
  address(name: string): string {
    return new RegExp(`^${name}\\s+(http\\S+)$`, 'm').exec(this.stdout)?.[1] ?? '';
  }
}

const fromSource = ['--conditions=vitalgate-source'];

/** Runs the command line from source. */
export const vitalgate = (
  args: readonly string[],
  environment: Record<string, string> = {},
  nodeArgs: readonly string[] = [],
): Process =>
  new Process(process.execPath, [...fromSource, ...nodeArgs, bin, ...args], environment);

/** The same for several tests: `kill` is to be called after the last. */
export const sharedVitalgate = (
  args: readonly string[],
  environment: Record<string, string>,
): Process => new Process(process.execPath, [...fromSource, bin, ...args], environment, true);

/** Environment in which the default configuration takes free ports and a folder of its own. */
export const onFreePorts = (folder: string): Record<string, string> => ({
  VITALGATE_DATA: folder,
  VITALGATE_GATEWAY: '127.0.0.1:0',
  VITALGATE_ADMIN: '127.0.0.1:0',
  VITALGATE_PROBES: '127.0.0.1:0',
});
