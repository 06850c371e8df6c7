import { createHash } from 'node:crypto';
import { createClient } from '@redis/client';
import type { Cancel, Clock } from '@vitalgate/health';
import { reasonOf } from './reason.ts';
import { BEAT } from './scripts.ts';

/**
 * A server that answers nobody at so many looks in a row, this far apart, is away. Looks are counted
 * rather than time: a process that was busy itself has looked once, however long it was.
 */
const MOST_SILENT = 5;
const LOOK_MS = 20;
/** How often an instance says that it lives, and looks whether the server does. */
const BEAT_MS = 500;
/** Beyond, commands are refused rather than queued. */
const MOST_QUEUED = 10_000;

const PREFIX = 'vitalgate:{shared}:';
const INSTANCES = `${PREFIX}instances`;

type Client = ReturnType<typeof createClient>;
type Answer = readonly number[];

/**
 * The connection to the server that instances share. It is asked with a bounded wait; one that is
 * slow or gone is not asked at all until a look at it was answered in time.
 */
export class SharedStore {
  /** Instances that live, this one included, as last told. */
  instances = 1;
  /** Why it is not asked; undefined while it is. */
  problem: string | undefined = 'connecting';

  readonly id: string;
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #onChange: (problem: string | undefined) => void;
  readonly #digests = new Map<string, string>();
  /** Those who wait for an answer; called when there will be none. */
  readonly #waiting = new Set<() => void>();
  #stopWatching: Cancel | undefined;
  readonly #stopBeating: Cancel;
  #silent = 0;
  #isBeating = false;

  constructor(options: {
    url: string;
    id: string;
    clock: Clock;
    /** Called when it is no longer asked, and when it is again. */
    onChange: (problem: string | undefined) => void;
  }) {
    this.id = options.id;
    this.#clock = options.clock;
    this.#onChange = options.onChange;
    this.#client = createClient({
      url: options.url,
      // What cannot be sent now is of no use later.
      disableOfflineQueue: true,
      commandsQueueMaxLength: MOST_QUEUED,
      socket: { connectTimeout: 2000, reconnectStrategy: BEAT_MS },
    });
    this.#client.on('error', (error: Error) => this.#lost(reasonOf(error)));
    this.#client.on('ready', () => this.#beat());
    this.#stopBeating = options.clock.every(BEAT_MS, () => this.#beat());
  }

  /** Resolves when it is connected, or when that has taken too long; the attempts go on. */
  async connect(): Promise<void> {
    // Rejects only when it is closed before.
    const connected = this.#client.connect().then(
      () => this.#beatOnce(),
      () => undefined,
    );
    let stop: Cancel = () => {};
    const enough = new Promise<void>((resolve) => {
      stop = this.#clock.after(2000, resolve);
    });
    await Promise.race([connected, enough]);
    stop();
  }

  static key(name: string): string {
    return PREFIX + name;
  }

  static readonly instancesKey: string = INSTANCES;

  /**
   * Runs a script. Undefined when the answer does not come in time; if it comes later, `late` is
   * told what was done after all.
   */
  ask(
    script: string,
    keys: readonly string[],
    args: readonly string[],
    late: (answer: Answer) => void = () => {},
  ): Promise<Answer | undefined> {
    if (this.problem !== undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      let isWaiting = true;
      const giveUp = () => {
        isWaiting = false;
        resolve(undefined);
      };
      this.#waiting.add(giveUp);
      this.#watch();
      const finish = (answer: Answer | undefined) => {
        this.#silent = 0;
        this.#waiting.delete(giveUp);
        if (isWaiting) resolve(answer);
        else if (answer !== undefined) late(answer);
      };
      this.#run(script, keys, args).then(finish, (error: unknown) => {
        this.#lost(reasonOf(error));
        finish(undefined);
      });
    });
  }

  /** Runs a script and waits for nothing. A server that is only slow gets to it in the end. */
  tell(script: string, keys: readonly string[], args: readonly string[]): void {
    if (!this.#client.isReady) return;
    this.#run(script, keys, args).catch((error: unknown) => this.#lost(reasonOf(error)));
  }

  /** The connection itself, for what is not a script. */
  get client(): Client {
    return this.#client;
  }

  close(): void {
    this.#stopBeating();
    this.#stopWatching?.();
    if (this.#client.isReady) {
      this.#client.zRem(INSTANCES, this.id).catch(() => {});
      void this.#client.close().catch(() => {});
    } else {
      this.#client.destroy();
    }
  }

  async #run(script: string, keys: readonly string[], args: readonly string[]): Promise<Answer> {
    const digest = this.#digestOf(script);
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return (await this.#client.sendCommand(['EVALSHA', digest, ...rest])) as Answer;
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return (await this.#client.sendCommand(['EVAL', script, ...rest])) as Answer;
    }
  }

  #digestOf(script: string): string {
    let digest = this.#digests.get(script);
    if (digest === undefined) {
      digest = createHash('sha1').update(script).digest('hex');
      this.#digests.set(script, digest);
    }
    return digest;
  }

  /** One timer for all who wait. */
  #watch(): void {
    if (this.#stopWatching !== undefined || this.#waiting.size === 0) return;
    this.#stopWatching = this.#clock.after(LOOK_MS, () => {
      // An answer that is there has only to be read.
      setImmediate(() => {
        this.#stopWatching = undefined;
        if (this.#waiting.size === 0) return;
        this.#silent += 1;
        if (this.#silent > MOST_SILENT) this.#lost('too_slow');
        this.#watch();
      });
    });
  }

  #beat(): void {
    if (this.#isBeating || !this.#client.isReady) return;
    void this.#beatOnce();
  }

  async #beatOnce(): Promise<void> {
    this.#isBeating = true;
    const sentAt = this.#clock.now();
    try {
      const answer = await this.#client.sendCommand(['EVAL', BEAT, '1', INSTANCES, this.id]);
      this.instances = Math.max(1, Number(answer));
      const isInTime = this.#clock.now() - sentAt < BEAT_MS;
      if (isInTime && this.problem !== undefined) {
        this.problem = undefined;
        this.#onChange(undefined);
      }
    } catch (error) {
      this.#lost(reasonOf(error));
    }
    this.#isBeating = false;
  }

  #lost(problem: string): void {
    const isNew = this.problem === undefined;
    this.problem = problem;
    this.#silent = 0;
    for (const giveUp of this.#waiting) giveUp();
    this.#waiting.clear();
    if (isNew) this.#onChange(problem);
  }
}
