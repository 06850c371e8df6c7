import type { Duplex } from 'node:stream';
import type { Clock } from '@vitalgate/health';
import { ApiCall, type ApiSink } from './api-call.ts';
import { broken, type Verdict } from './classify.ts';
import type { Deadlines } from './deadlines.ts';
import type { Door } from './door.ts';

/** A whole answer to a question of the gateway's own. */
export interface Asked {
  readonly status: number;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly latencyMs: number;
}

interface Question {
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly timeoutMs: number;
  /** A longer answer is none. */
  readonly maxBytes: number;
}

/** Asks for something through the door: a health document, a description of an API. */
export function ask(
  door: Door,
  { path, headers, timeoutMs, maxBytes }: Question,
  { clock, deadlines }: { readonly clock: Clock; readonly deadlines: Deadlines },
): Promise<Asked | Verdict> {
  return new Promise((resolve) => {
    const call: ApiCall = new ApiCall({
      door,
      clock,
      deadlines,
      sink: new Collecting(maxBytes, (found) => {
        const latencyMs = clock.now() - call.startedAt;
        call.cancel();
        resolve('status' in found ? { ...found, latencyMs } : found);
      }),
      timeouts: {
        connectMs: timeoutMs,
        headMs: timeoutMs,
        idleMs: timeoutMs,
        deadlineAt: clock.now() + timeoutMs,
      },
      onOver() {},
    });
    door.send({ method: 'GET', path, headers: [...headers], body: null }, call);
  });
}

class Collecting implements ApiSink {
  readonly #maxBytes: number;
  readonly #tell: (found: Omit<Asked, 'latencyMs'> | Verdict) => void;
  readonly #headers: Record<string, string> = {};
  readonly #chunks: Buffer[] = [];
  #status = 0;
  #bytes = 0;

  constructor(maxBytes: number, tell: (found: Omit<Asked, 'latencyMs'> | Verdict) => void) {
    this.#maxBytes = maxBytes;
    this.#tell = tell;
  }

  interim(): void {}

  head(status: number, headers: readonly Buffer[]): void {
    this.#status = status;
    for (let i = 0; i < headers.length; i += 2) {
      const name = (headers[i] as Buffer).toString('latin1').toLowerCase();
      if (name !== '__proto__') this.#headers[name] = (headers[i + 1] as Buffer).toString('latin1');
    }
  }

  data(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.#tell(broken.tooLarge);
    else this.#chunks.push(chunk);
    return true;
  }

  end(): void {
    const body = Buffer.concat(this.#chunks);
    this.#tell({ status: this.#status, headers: this.#headers, body });
  }

  upgraded(_headers: readonly Buffer[], socket: Duplex): void {
    socket.destroy();
    this.#tell(broken.malformed);
  }

  fail(verdict: Verdict): void {
    this.#tell(verdict);
  }
}
