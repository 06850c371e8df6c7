import { createHash } from 'node:crypto';

/** The beginnings of prompts that came by, to count cached tokens as the vendors do. */
export class PromptMemory {
  readonly #known = new Set<string>();
  readonly #most: number;

  constructor(most = 4096) {
    this.#most = most;
  }

  /** The tokens of the longest beginning that is known. Those that are to be kept, are from now on. */
  recall(beginnings: readonly Beginning[]): number {
    let longest = 0;
    for (const { key, tokens, keep } of beginnings) {
      if (this.#known.has(key)) longest = Math.max(longest, tokens);
      if (!keep) continue;
      this.#known.delete(key);
      this.#known.add(key);
    }
    for (const oldest of this.#known) {
      if (this.#known.size <= this.#most) break;
      this.#known.delete(oldest);
    }
    return longest;
  }
}

export interface Beginning {
  readonly key: string;
  readonly tokens: number;
  readonly keep: boolean;
}

/** Collects the parts of a prompt in order, and takes down how it stands after each. */
export class PromptReader {
  readonly beginnings: Beginning[] = [];
  tokens = 0;
  readonly #hash = createHash('sha1');

  constructor(model: string) {
    this.#hash.update(model);
  }

  /** `keep` says whether the vendor would cache the prompt up to and with this part. */
  read(part: unknown, tokens: number, keep: boolean): void {
    this.#hash.update(JSON.stringify(part, withoutMarks) ?? '');
    this.tokens += tokens;
    this.beginnings.push({ key: this.#hash.copy().digest('base64'), tokens: this.tokens, keep });
  }
}

/** A mark moves on with every turn; what it marked stays the same prompt. */
const withoutMarks = (key: string, value: unknown): unknown =>
  key === 'cache_control' ? undefined : value;
