/**
 * Numbers that look random and are the same for the same seed on every machine: SplitMix32, the
 * 32-bit sibling of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", 2014), started from an FNV-1a hash (RFC 9923) of whatever it is seeded with.
 */
export class Random {
  #state: number;

  constructor(...seeds: readonly (string | number)[]) {
    this.#state = hash(seeds.join('\u0000'));
  }

  /** At least 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000;
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** One of a list; undefined only when the list is empty. */
  pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.next() * list.length)];
  }

  /** An identifier in the manner of the vendors: `prefix` and `length` letters and digits. */
  id(prefix: string, length: number): string {
    let text = prefix;
    for (let index = 0; index < length; index++) {
      text += alphabet[Math.floor(this.next() * alphabet.length)];
    }
    return text;
  }

  hex(length: number): string {
    return Array.from({ length }, () => this.whole(0, 15).toString(16)).join('');
  }

  /** Version 4 (RFC 9562, 5.4). */
  uuid(): string {
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-8${this.hex(3)}-${this.hex(12)}`;
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** FNV-1a over UTF-16 code units. */
export function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193);
  }
  return sum >>> 0;
}
