import type { JsonObject } from '../json.ts';

/** What was kept of one response. */
export interface Stored {
  readonly response: JsonObject;
  /** All that was said before it, the turns of earlier responses included. */
  readonly input: readonly JsonObject[];
  readonly output: readonly JsonObject[];
}

/** Responses by their ids, as OpenAI keeps them unless `store` is false; the newest thousand. */
export class StoredResponses {
  readonly #kept = new Map<string, Stored>();
  readonly #most: number;

  constructor(most = 1000) {
    this.#most = most;
  }

  keep(id: string, stored: Stored): void {
    this.#kept.set(id, stored);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) break;
      this.#kept.delete(oldest);
    }
  }

  get(id: string): Stored | undefined {
    return this.#kept.get(id);
  }

  /** The conversation up to and with a response, to be gone on with. */
  turnsTo(id: string): readonly JsonObject[] | undefined {
    const stored = this.#kept.get(id);
    return stored === undefined ? undefined : [...stored.input, ...stored.output];
  }

  forget(id: string): void {
    this.#kept.delete(id);
  }
}
