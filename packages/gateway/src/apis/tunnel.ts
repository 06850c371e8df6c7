import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Running } from '../running.ts';
import type { Due } from '../upstream/deadlines.ts';

interface Options {
  readonly caller: Socket;
  readonly upstream: Duplex;
  /** Silence both ways for so long ends it. */
  readonly idleMs: number;
  readonly running: Pick<Running, 'clock' | 'deadlines' | 'tunnels'>;
  /** Called once, with why it ended; undefined when one side was through. */
  readonly onOver: (reason: 'idle_timeout' | 'draining' | undefined) => void;
}

/** Two connections that have become one: bytes pass both ways, as fast as the slower side takes them. */
export class Tunnel implements Due {
  dueAt = 0;
  /** Bytes towards the upstream and towards the caller. */
  sent = 0;
  received = 0;
  readonly #options: Options;
  #isOver = false;

  constructor(options: Options) {
    this.#options = options;
    const { caller, upstream, running } = options;
    this.#wait();
    running.deadlines.add(this);
    running.tunnels.add(this);
    caller.on('data', (chunk: Buffer) => {
      this.sent += chunk.length;
      this.#pass(caller, upstream, chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      this.received += chunk.length;
      this.#pass(upstream, caller, chunk);
    });
    for (const [one, other] of [
      [caller, upstream],
      [upstream, caller],
    ] as const) {
      one.on('drain', () => other.resume());
      one.on('end', () => other.end());
      one.on('error', () => this.#finish(undefined));
      one.on('close', () => this.#finish(undefined));
    }
  }

  onDue(): void {
    this.#finish('idle_timeout');
  }

  /** Ends it because the gateway does. */
  close(): void {
    this.#finish('draining');
  }

  #pass(from: Duplex, to: Duplex, chunk: Buffer): void {
    this.#wait();
    if (!to.write(chunk)) from.pause();
  }

  #wait(): void {
    this.dueAt = this.#options.running.clock.now() + this.#options.idleMs;
  }

  #finish(reason: 'idle_timeout' | 'draining' | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { caller, upstream, running, onOver } = this.#options;
    running.deadlines.delete(this);
    running.tunnels.delete(this);
    onOver(reason);
    // What one side has said last is still on its way to the other.
    caller.destroySoon();
    upstream.destroy();
  }
}
