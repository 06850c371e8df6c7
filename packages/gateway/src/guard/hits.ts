import type { Guardrail } from './guardrail.ts';
import type { Hit } from './hit.ts';

/** Numbers of one find: which guardrail, -1 for none, which kind, where it begins and where it ends. */
const WIDTH = 4;

/** Finds as another thread is told of them. */
export interface WrittenHits {
  readonly kinds: readonly string[];
  /** `WIDTH` for each. */
  readonly numbers: Int32Array<ArrayBuffer>;
}

/**
 * Finds of one text, in order. A long one may be full of them: each takes sixteen bytes, outside of the
 * heap, and is an object only while somebody looks at it.
 */
export class Hits implements Iterable<Hit> {
  readonly #guardrails: readonly Guardrail[];
  readonly #kinds: string[];
  #numbers: Int32Array<ArrayBuffer>;
  #length: number;

  /** @param guardrails in the same order here and where they were written */
  constructor(guardrails: readonly Guardrail[], written?: WrittenHits) {
    this.#guardrails = guardrails;
    this.#kinds = [...(written?.kinds ?? [])];
    this.#numbers = written?.numbers ?? new Int32Array(16 * WIDTH);
    this.#length = written === undefined ? 0 : written.numbers.length / WIDTH;
  }

  get length(): number {
    return this.#length;
  }

  push({ guardrail, kind, start, end }: Hit): void {
    const at = this.#length * WIDTH;
    if (at === this.#numbers.length) {
      const larger = new Int32Array(at * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    let of = this.#kinds.lastIndexOf(kind);
    if (of === -1) of = this.#kinds.push(kind) - 1;
    this.#numbers[at] = guardrail === undefined ? -1 : this.#guardrails.indexOf(guardrail);
    this.#numbers[at + 1] = of;
    this.#numbers[at + 2] = start;
    this.#numbers[at + 3] = end;
    this.#length += 1;
  }

  *[Symbol.iterator](): Generator<Hit, void> {
    const numbers = this.#numbers;
    for (let i = 0; i < this.#length; i += 1) {
      const at = i * WIDTH;
      yield {
        guardrail: this.#guardrails[numbers[at] as number],
        kind: this.#kinds[numbers[at + 1] as number] ?? '',
        start: numbers[at + 2] as number,
        end: numbers[at + 3] as number,
      };
    }
  }

  get written(): WrittenHits {
    return { kinds: this.#kinds, numbers: this.#numbers.slice(0, this.#length * WIDTH) };
  }
}
