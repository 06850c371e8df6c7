import type { AnswerStore, Entry } from './entry.ts';

/** Memory before a store that nobody else writes to: what is asked for often is near. */
export class Levels implements AnswerStore {
  readonly #near: AnswerStore;
  readonly #far: AnswerStore;
  /** How often something was forgotten. */
  #forgotten = 0;

  constructor(near: AnswerStore, far: AnswerStore) {
    this.#near = near;
    this.#far = far;
  }

  get problem(): string | undefined {
    return this.#far.problem;
  }

  async get(key: string): Promise<Entry | undefined> {
    const forgotten = this.#forgotten;
    const near = await this.#near.get(key);
    if (near !== undefined) return near;
    const far = await this.#far.get(key);
    // It may have been renewed here meanwhile, or forgotten.
    const isNews = forgotten === this.#forgotten && (await this.#near.get(key)) === undefined;
    if (far !== undefined && isNews) this.#near.set(key, far);
    return far;
  }

  set(key: string, entry: Entry): void {
    this.#near.set(key, entry);
    this.#far.set(key, entry);
  }

  delete(key: string): void {
    this.#forgotten += 1;
    this.#near.delete(key);
    this.#far.delete(key);
  }

  async clear(erasure: string): Promise<void> {
    this.#forgotten += 1;
    await this.#near.clear(erasure);
    await this.#far.clear(erasure);
  }

  close(): Promise<void> {
    return this.#far.close();
  }
}
