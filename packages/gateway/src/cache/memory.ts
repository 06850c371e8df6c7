import { LRUCache } from 'lru-cache';

/** What an entry takes beside what it holds. */
const OVERHEAD_BYTES = 512;

/** Something that is remembered, and what it takes. */
export interface Remembered {
  /** Bytes. */
  readonly size: number;
}

/** Memory for answers, of a size that holds; what was used longest ago goes first. */
export class Memory {
  readonly #entries: LRUCache<string, Remembered>;

  constructor(bytes: number) {
    this.#entries = new LRUCache({
      maxSize: Math.max(1, bytes),
      sizeCalculation: ({ size }, key) => size + key.length + OVERHEAD_BYTES,
    });
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  get(key: string): Remembered | undefined {
    return this.#entries.get(key);
  }

  /** Too large a one is not remembered, and what there was is forgotten. */
  set(key: string, entry: Remembered): void {
    this.#entries.set(key, entry);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
