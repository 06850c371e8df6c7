import type { Note } from './guardrail.ts';

/** Of what is found at once, so many are told one by one: a text may be full of addresses. */
export const MOST_TOLD = 100;

/** What was found in one body: the first finds each by itself, of the others one of a kind and how many. */
export class Notes {
  readonly #told: Note[] = [];
  readonly #others = new Map<string, { readonly note: Note; times: number }>();

  push(note: Note): void {
    if (this.#told.length < MOST_TOLD) {
      this.#told.push(note);
      return;
    }
    const { guardrail, kind } = note;
    const id = `${guardrail} ${kind}`;
    const alike = this.#others.get(id);
    if (alike === undefined) this.#others.set(id, { note, times: 1 });
    else alike.times += 1;
  }

  get all(): readonly Note[] {
    return [
      ...this.#told,
      ...Array.from(this.#others.values(), ({ note, times }) => ({ ...note, times })),
    ];
  }
}
