import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Running } from '../running.ts';
import type { Due } from '../upstream/deadlines.ts';
import { closeFrame, type Violation } from './frames.ts';
import type { MessageGuard } from './message-guard.ts';

interface Options {
  readonly caller: Socket;
  readonly upstream: Duplex;
  /** Silence both ways for so long ends it. */
  readonly idleMs: number;
  readonly running: Pick<Running, 'clock' | 'deadlines' | 'tunnels'>;
  /** What reads the messages of a WebSocket; undefined where bytes pass as they come. */
  readonly guards: Guards | undefined;
  /** Called once, with why it ended; undefined when one side was through. */
  readonly onOver: (reason: string | undefined) => void;
}

interface Guards {
  readonly sent: MessageGuard;
  readonly received: MessageGuard;
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
    const { caller, upstream, running, guards } = options;
    this.#wait();
    running.deadlines.add(this);
    running.tunnels.add(this);
    caller.on('data', (chunk: Buffer) => {
      this.sent += chunk.length;
      this.#pass(caller, upstream, chunk, guards?.sent);
    });
    upstream.on('data', (chunk: Buffer) => {
      this.received += chunk.length;
      this.#pass(upstream, caller, chunk, guards?.received);
    });
    for (const [one, other, guard] of [
      [caller, upstream, guards?.sent],
      [upstream, caller, guards?.received],
    ] as const) {
      one.on('drain', () => other.resume());
      one.on('end', () => {
        if (guard === undefined) other.end();
        else void guard.settled().then(() => other.end());
      });
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

  #pass(from: Duplex, to: Duplex, chunk: Buffer, guard: MessageGuard | undefined): void {
    this.#wait();
    if (guard === undefined) {
      if (!to.write(chunk)) from.pause();
      return;
    }
    // What has come is judged before more is taken.
    from.pause();
    void guard.push(chunk).then(({ bytes, closing }) => {
      if (this.#isOver) return;
      const hasRoom = bytes.length === 0 || to.write(bytes);
      if (closing !== undefined) this.#refuse(closing);
      else if (hasRoom) from.resume();
    });
  }

  /** Both sides are told why. */
  #refuse(closing: Violation): void {
    const { caller, upstream } = this.#options;
    caller.write(closeFrame(closing, false));
    upstream.write(closeFrame(closing, true));
    this.#finish(closing.reason);
  }

  #wait(): void {
    this.dueAt = this.#options.running.clock.now() + this.#options.idleMs;
  }

  #finish(reason: string | undefined): void {
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
