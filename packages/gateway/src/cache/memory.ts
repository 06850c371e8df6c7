import { LRUCache } from 'lru-cache';
import type { AnswerStore, Entry } from './entry.ts';

/** What an entry takes beside what it holds. */
const OVERHEAD_BYTES = 512;

/** Memory for answers, of a size that holds; what was used longest ago goes first. */
export class Memory implements AnswerStore {
  readonly problem = undefined;
  readonly #entries: LRUCache<string, Entry>;

  constructor(bytes: number) {
    this.#entries = new LRUCache({
      maxSize: Math.max(1, bytes),
      sizeCalculation: sizeOf,
    });
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  get(key: string): Promise<Entry | undefined> {
    return Promise.resolve(this.#entries.get(key));
  }

  /** Too large a one is not remembered, and what there was is forgotten. */
  set(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  async clear(): Promise<void> {
    this.#entries.clear();
  }

  async close(): Promise<void> {}
}

function sizeOf({ head, chunks }: Entry, key: string): number {
  const said = 2 * JSON.stringify(head).length;
  return chunks.reduce((sum, { length }) => sum + length, said + key.length + OVERHEAD_BYTES);
}
