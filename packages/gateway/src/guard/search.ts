import type { BodyText } from './body-text.ts';
import type { Detector, Hold } from './detector.ts';
import type { Guardrail } from './guardrail.ts';
import type { Found } from './hit.ts';
import { marks } from './marks.ts';
import { restoring, type Placeholders, type Shape } from './placeholders.ts';
import { ESCAPED, FOREIGN, LONG } from './sieve.ts';

/** Reads long texts where nobody waits for it; undefined for what it leaves to who asked. */
export interface Beside {
  read(search: Search, bytes: Buffer, text: BodyText): Promise<Found | undefined>;
}

interface Options {
  /** Placeholders that are to be put back. */
  readonly restores?: Shape | undefined;
  /** Where long texts are read; without one, they are read here. */
  readonly readingThread?: Beside | undefined;
}

/** What is looked for in the texts of one request or answer. */
export class Search {
  readonly guardrails: readonly Guardrail[];
  readonly restores: Shape | undefined;
  /** Finds placeholders that are to be put back. */
  readonly restoring: Detector | undefined;
  readonly holds: ReadonlySet<Hold>;
  readonly #readingThread: Beside | undefined;
  #written: string | undefined;
  /** What a text must have for anything to be found in it; 0 when every text has to be read. */
  readonly #needs: number;

  constructor(guardrails: readonly Guardrail[], { restores, readingThread }: Options = {}) {
    this.guardrails = guardrails.filter(({ detectors }) => detectors.length > 0);
    this.restores = restores;
    this.restoring = restores && restoring(restores);
    this.#readingThread = readingThread;
    const detectors = this.guardrails.flatMap((one) => one.detectors);
    if (this.restoring !== undefined) detectors.push(this.restoring);
    this.holds = new Set<Hold>(detectors.map(({ hold }) => hold));
    // A word of an encoding is decided when it ends.
    if (this.guardrails.length > 0) this.holds = new Set([...this.holds, 'word']);
    const always = detectors.some(({ needs }) => needs === 0);
    this.#needs = always
      ? 0
      : detectors.reduce((all, { needs }) => all | needs, FOREIGN | ESCAPED | LONG);
  }

  /** The same, and what is to be put back. */
  withPlaceholders({ shape }: Placeholders): Search {
    return new Search(this.guardrails, { restores: shape, readingThread: this.#readingThread });
  }

  /** The guardrails in JSON, for another thread. */
  get written(): string {
    this.#written ??= JSON.stringify(this.guardrails.map(({ looks }) => looks));
    return this.#written;
  }

  get isEmpty(): boolean {
    return this.guardrails.length === 0 && this.restoring === undefined;
  }

  /** What the JSON value in these bytes may hold; undefined when nothing that is looked for. */
  sift(bytes: Buffer, start: number, end: number): number | undefined {
    const seen = marks.sift(bytes, start, end);
    return this.#needs === 0 || (seen & this.#needs) !== 0 ? seen : undefined;
  }

  /** Has a very long text read on another thread; undefined where it has to be read here. */
  async readBeside(bytes: Buffer, text: BodyText): Promise<Found | undefined> {
    if (this.isEmpty || text.end - text.start <= VERY_LONG) return undefined;
    return this.#readingThread?.read(this, bytes, text);
  }
}

/** In bytes: shorter texts are read sooner than another thread has been told of them. */
const VERY_LONG = 64 * 1024;
