import type { TextKind } from '@vitalgate/dialects';
import { Hits } from './hits.ts';
import { Scanner } from './scanner.ts';
import type { Search } from './search.ts';

/** Longer texts are read in pieces, in UTF-16 units. */
export const PIECE = 4096;

/** Reads a long text a piece at a time. */
export class PieceByPiece {
  readonly #scanner: Scanner;
  readonly #value: string;
  /** What was found so far, from the beginning of the text. */
  readonly hits: Hits;
  #at = 0;
  #decided = 0;

  constructor(search: Search, kind: TextKind, value: string) {
    this.#scanner = new Scanner(search, kind);
    this.#value = value;
    this.hits = new Hits(search.guardrails);
  }

  get isOver(): boolean {
    return this.#at >= this.#value.length;
  }

  goOn(): void {
    const next = this.#at + PIECE;
    const found = this.#scanner.push(this.#value.slice(this.#at, next), next >= this.#value.length);
    for (const { guardrail, kind, start, end } of found.hits) {
      this.hits.push({ guardrail, kind, start: start + this.#decided, end: end + this.#decided });
    }
    this.#decided += found.decided;
    this.#at = next;
  }
}
