import { createHash } from 'node:crypto';
import { createClient } from '@redis/client';
import type { Cancel, Clock } from '@vitalgate/health';
import { BEAT } from './scripts.ts';

/**
 * A server that says nothing to anybody for so long is away. Much less, and a busy machine would
 * look like one: then limits are kept by shares, where they could have been exact.
 */
const SILENCE_MS = 100;
/** While it answers others, one call in the queue waits no longer than this. */
const PATIENCE_MS = 500;
/** How often an instance says that it lives, and looks whether the server does. */
const BEAT_MS = 500;
/** Beyond, commands are refused rather than queued. */
const MOST_QUEUED = 10_000;

const PREFIX = 'vitalgate:{shared}:';
const INSTANCES = `${PREFIX}instances`;

type Client = ReturnType<typeof createClient>;
type Answer = readonly number[];

interface Waiting {
  readonly sentAt: number;
  readonly giveUp: () => void;
}

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
  /** In the order in which they were sent. */
  readonly #waiting = new Set<Waiting>();
  #stopWaiting: Cancel | undefined;
  readonly #stopBeating: Cancel;
  #answeredAt = 0;
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
      const waiting = {
        sentAt: this.#clock.now(),
        giveUp: () => {
          isWaiting = false;
          resolve(undefined);
        },
      };
      this.#waiting.add(waiting);
      this.#watchPatience();
      const finish = (answer: Answer | undefined) => {
        this.#answeredAt = this.#clock.now();
        this.#waiting.delete(waiting);
        if (!isWaiting) {
          if (answer !== undefined) late(answer);
          return;
        }
        isWaiting = false;
        resolve(answer);
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
    this.#stopWaiting?.();
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

  /** One timer for all who wait, for the one who has waited longest. */
  #watchPatience(): void {
    const [first] = this.#waiting;
    if (this.#stopWaiting !== undefined || first === undefined) return;
    const wait = Math.max(1, this.#dueAt(first) - this.#clock.now());
    this.#stopWaiting = this.#clock.after(wait, () => {
      // When it was this process that was busy, the answer is there and only has to be read.
      setImmediate(() => {
        this.#stopWaiting = undefined;
        const [longest] = this.#waiting;
        if (longest !== undefined && this.#dueAt(longest) <= this.#clock.now()) {
          this.#lost('too_slow');
        }
        this.#watchPatience();
      });
    });
  }

  #dueAt({ sentAt }: Waiting): number {
    return Math.min(Math.max(sentAt, this.#answeredAt) + SILENCE_MS, sentAt + PATIENCE_MS);
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
    for (const one of this.#waiting) {
      this.#waiting.delete(one);
      one.giveUp();
    }
    if (isNew) this.#onChange(problem);
  }
}

/** A code where there is one: messages of servers may quote what they were sent. */
function reasonOf(error: unknown): string {
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  return code ?? /^[A-Z]+(?= )/.exec(message ?? '')?.[0] ?? name ?? 'failed';
}
