import type { Clock } from '@vitalgate/health';
import type { Dispatcher } from 'undici';
import type { Deadlines, Due } from './deadlines.ts';
import type { Door } from './door.ts';

/** What came back from a service of the operator's. */
export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface OnceOptions {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Buffer | null;
  /** Milliseconds for all of it. */
  readonly timeoutMs: number;
  /** An answer of more bytes is given up. */
  readonly mostBytes: number;
}

/**
 * One small exchange with a service that is no model provider, through a door like every other
 * byte. Undefined when it failed, in whatever way: the caller has a rule for that.
 */
export function exchangeOnce(
  door: Door,
  options: OnceOptions,
  { clock, deadlines }: { readonly clock: Clock; readonly deadlines: Deadlines },
): Promise<Got | undefined> {
  return new Promise((resolve) => {
    door.send(options, new Once(options, clock, deadlines, resolve));
  });
}

const GIVEN_UP: Error = new DOMException('the exchange was given up', 'AbortError');

class Once implements Dispatcher.DispatchHandler, Due {
  readonly dueAt: number;
  readonly #mostBytes: number;
  readonly #deadlines: Deadlines;
  readonly #resolve: (got: Got | undefined) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;
  #status = 0;
  #headers: Got['headers'] = {};
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(
    { timeoutMs, mostBytes }: OnceOptions,
    clock: Clock,
    deadlines: Deadlines,
    resolve: (got: Got | undefined) => void,
  ) {
    this.dueAt = clock.now() + timeoutMs;
    this.#mostBytes = mostBytes;
    this.#deadlines = deadlines;
    this.#resolve = resolve;
    deadlines.add(this);
  }

  onDue(): void {
    this.#end(undefined);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(GIVEN_UP);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    // A copy: the client may use the chunk's memory again.
    if (this.#size <= this.#mostBytes) this.#chunks.push(Buffer.from(chunk));
    else this.#end(undefined);
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.#chunks);
    this.#end({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(): void {
    this.#end(undefined);
  }

  #end(got: Got | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadlines.delete(this);
    if (got === undefined) this.#controller?.abort(GIVEN_UP);
    this.#resolve(got);
  }
}
