import type { createClient } from '@redis/client';
import type { SavedTarget, TargetChange, Tracker } from '@vitalgate/health';
import { SharedStore } from './store.ts';

/** How long the last word on a target is kept for instances that start later. */
const KEPT_S = 3600;

/**
 * What one instance learns of a target the others take up: its rests, its recoveries, and what an
 * operator did. Each still sees for itself: a word of others moves a target, and is no evidence.
 */
export class SharedTargets {
  readonly #store: SharedStore;
  readonly #tracker: Tracker;
  readonly #channel = SharedStore.key('targets');
  readonly #subscriber: ReturnType<typeof createClient>;
  readonly #forget: () => void;
  /** Set while a word of others is taken up, which is not to be told back to them. */
  #isAdopting = false;

  constructor(store: SharedStore, tracker: Tracker) {
    this.#store = store;
    this.#tracker = tracker;
    this.#subscriber = store.client.duplicate();
    this.#subscriber.on('error', () => {});
    this.#forget = tracker.onTransition((change) => this.#publish(change));
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
    this.#forget();
    this.#subscriber.destroy();
  }

  #publish({ id }: TargetChange): void {
    if (this.#isAdopting || this.#store.problem !== undefined) return;
    const target = this.#tracker.dump().targets.find((one) => one.id === id);
    if (target === undefined) return;
    const text = JSON.stringify({ from: this.#store.id, target });
    this.#store.client
      .multi()
      .hSet(this.#channel, id, text)
      .expire(this.#channel, KEPT_S)
      .publish(this.#channel, text)
      .exec()
      .catch(() => {});
  }

  #hear(text: string): void {
    const told = read(text);
    if (told === undefined || told.from === this.#store.id) return;
    this.#isAdopting = true;
    this.#tracker.adopt(told.target);
    this.#isAdopting = false;
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
