import type { createClient } from '@redis/client';
import type { SavedTarget, Tracker } from '@vitalgate/health';
import { SharedStore } from './store.ts';
import { shareTargets } from './words.ts';

/** How long the last word on a target is kept for instances that start later. */
const KEPT_S = 3600;

/** What one instance makes of a target, told to all that share the server. */
export class SharedTargets {
  readonly #store: SharedStore;
  readonly #channel = SharedStore.key('targets');
  readonly #subscriber: ReturnType<typeof createClient>;
  readonly #words: ReturnType<typeof shareTargets>;

  constructor(store: SharedStore, tracker: Tracker) {
    this.#store = store;
    this.#subscriber = store.client.duplicate();
    this.#subscriber.on('error', () => {});
    this.#words = shareTargets(tracker, (target) => this.#publish(target));
  }

  /** Resolves when it listens; with a server that is away it does so later. */
  start(): void {
    this.#subscriber
      .connect()
      .then(() => this.#subscriber.subscribe(this.#channel, (text) => this.#hear(text)))
      .catch(() => {});
  }

  /** Takes up what was said last of each target, while this instance was away or not yet there. */
  async catchUp(): Promise<void> {
    const known = await this.#store.client.hGetAll(this.#channel).catch(() => ({}));
    for (const text of Object.values(known)) this.#hear(text);
  }

  close(): void {
    this.#words.close();
    this.#subscriber.destroy();
  }

  #publish(target: SavedTarget): void {
    if (this.#store.problem !== undefined) return;
    const text = JSON.stringify({ from: this.#store.id, target });
    this.#store.client
      .multi()
      .hSet(this.#channel, target.id, text)
      .expire(this.#channel, KEPT_S)
      .publish(this.#channel, text)
      .exec()
      .catch(() => {});
  }

  #hear(text: string): void {
    const told = read(text);
    if (told === undefined || told.from === this.#store.id) return;
    this.#words.hear(told.target);
  }
}

/** Another version, or another program, may have written it. */
function read(text: string): { from: string; target: SavedTarget } | undefined {
  try {
    const { from, target } = JSON.parse(text) as { from: unknown; target: Partial<SavedTarget> };
    const isTarget =
      typeof from === 'string' &&
      typeof target.id === 'string' &&
      typeof target.criteria === 'string' &&
      typeof target.state === 'string' &&
      typeof target.rests === 'number';
    return isTarget ? { from, target: target as SavedTarget } : undefined;
  } catch {
    return undefined;
  }
}
