import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Running } from '../running.ts';
import type { Due } from '../upstream/deadlines.ts';
import { closeFrame, FrameEdges, Violation } from './frames.ts';
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

/** What has begun to be told may take so long to be told to its end. */
const LAST_FRAME_MS = 3000;

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
  readonly #sentEdges = new FrameEdges();
  readonly #receivedEdges = new FrameEdges();
  /** Why nothing more may pass, once what has begun has ended. */
  #closing: Violation | undefined;
  #isOver = false;

  constructor(options: Options) {
    this.#options = options;
    const { caller, upstream, running, guards } = options;
    this.#wait();
    running.deadlines.add(this);
    running.tunnels.add(this);
    caller.on('data', (chunk: Buffer) => {
      if (this.#closing !== undefined) return;
      this.sent += chunk.length;
      if (guards === undefined) this.#sentEdges.take(chunk);
      this.#pass(caller, upstream, chunk, guards?.sent);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (this.#closing !== undefined) return this.#endFrame(chunk, this.#closing);
      this.received += chunk.length;
      if (guards === undefined) this.#receivedEdges.take(chunk);
      this.#pass(upstream, caller, chunk, guards?.received);
      return undefined;
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
    this.#finish(this.#closing?.reason ?? 'idle_timeout');
  }

  /** Ends it for a reason that both sides are told, at the end of the frame that the caller is being told. */
  refuse(closing: Violation): void {
    if (this.#isOver || this.#closing !== undefined) return;
    if (this.#receivedEdges.isBetween) {
      this.#refuse(closing);
      return;
    }
    this.#closing = closing;
    this.dueAt = this.#options.running.clock.now() + LAST_FRAME_MS;
    this.#options.upstream.resume();
  }

  /** Ends it because the gateway does; where a frame may begin, its caller is told (RFC 6455, section 7.4.1). */
  close(): void {
    if (!this.#receivedEdges.isBetween) this.#finish('draining');
    else this.#refuse(new Violation(1001, 'draining', 'this instance is shutting down'));
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

  /** Both sides are told why, where a frame may begin. */
  #refuse(closing: Violation): void {
    const { caller, upstream } = this.#options;
    caller.write(closeFrame(closing, false));
    if (this.#sentEdges.isBetween) upstream.write(closeFrame(closing, true));
    this.#finish(closing.reason);
  }

  #endFrame(chunk: Buffer, closing: Violation): void {
    const length = this.#receivedEdges.take(chunk, true);
    this.received += length;
    this.#options.caller.write(chunk.subarray(0, length));
    if (this.#receivedEdges.isBetween) this.#refuse(closing);
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
