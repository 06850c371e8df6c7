import { Readable } from 'node:stream';
import { Failure } from '@vitalgate/contract';
import { continueIfExpected, tooLarge } from '../request/body.ts';
import type { Arrival } from '../request/exchange.ts';
import type { Running } from '../running.ts';
import type { Due } from '../upstream/deadlines.ts';

interface Options {
  readonly exchange: Pick<Arrival, 'request' | 'response'>;
  readonly limit: number;
  /** The longest pause, of the caller or of the upstream. */
  readonly idleMs: number;
  readonly running: Pick<Running, 'clock' | 'deadlines'>;
  /** The caller sends no body that could be passed on. */
  readonly onRefused: (failure: Failure) => void;
  /** The upstream has taken nothing of it for so long. */
  readonly onStalled: () => void;
}

/**
 * A caller's body on its way to an upstream, as fast as that takes it. It stands between the two so
 * that an attempt which ends before its body does not take the caller's connection with it.
 */
export class CallerBody extends Readable implements Due {
  dueAt: number;
  bytes = 0;
  readonly #options: Options;
  #isWanted = false;

  constructor(options: Options) {
    super();
    this.#options = options;
    this.dueAt = Number.POSITIVE_INFINITY;
    const { exchange, running } = options;
    exchange.request
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('error', this.#onBroken)
      .on('close', this.#onBroken)
      .pause();
    running.deadlines.add(this);
  }

  /** Some of it is gone: it cannot be sent again. */
  get isBegun(): boolean {
    return this.bytes > 0;
  }

  override _read(): void {
    const { request, response } = this.#options.exchange;
    if (!this.isBegun && !this.#isWanted) continueIfExpected(request, response);
    this.#isWanted = true;
    this.#wait();
    request.resume();
  }

  override _destroy(_error: Error | null, callback: (error?: Error | null) => void): void {
    this.#detach();
    this.#options.exchange.request.pause();
    // Whoever ended it knows why; as an event it would end the process.
    callback();
  }

  onDue(): void {
    const { idleMs, onRefused, onStalled } = this.#options;
    const isOfCaller = this.#isWanted;
    this.destroy();
    if (isOfCaller) {
      onRefused(new Failure('request_timeout', `the body paused for ${idleMs} ms`));
    } else onStalled();
  }

  readonly #onData = (chunk: Buffer): void => {
    const { exchange, limit, onRefused } = this.#options;
    this.bytes += chunk.length;
    if (this.bytes > limit) {
      this.destroy();
      onRefused(tooLarge(limit));
      return;
    }
    this.#wait();
    if (this.push(chunk)) return;
    this.#isWanted = false;
    exchange.request.pause();
  };

  readonly #onEnd = (): void => {
    this.#detach();
    this.push(null);
  };

  readonly #onBroken = (): void => {
    this.destroy();
    this.#options.onRefused(new Failure('invalid_request', 'the body broke off'));
  };

  #detach(): void {
    const { exchange, running } = this.#options;
    running.deadlines.delete(this);
    exchange.request
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('error', this.#onBroken)
      .off('close', this.#onBroken);
  }

  #wait(): void {
    this.dueAt = this.#options.running.clock.now() + this.#options.idleMs;
  }
}
