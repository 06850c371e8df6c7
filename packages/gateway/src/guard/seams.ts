import { valueOf, type BodyText } from './body-text.ts';
import type { Hit } from './hit.ts';
import { Scanner } from './scanner.ts';
import type { Search } from './search.ts';

/** Characters on either side of a seam that are read. */
const ACROSS = 256;
/** As providers put parts together. */
const JOINTS = ['', ' '] as const;
/** So much is put together before it is read: thousands of parts may have a letter each. */
const PIECE = 4096;

/** A find, and the part in which it ends. */
export interface SeamHit extends Hit {
  readonly text: BodyText;
}

/**
 * What stands across the seams between the text parts of one message. Models read them as one text,
 * and so do we: a card number in two parts would be none. Short parts are read once for each joint,
 * however many there are; of long ones what is next to a seam.
 */
export class Seams {
  readonly #search: Search;
  readonly #bytes: Buffer;
  #last: BodyText | undefined;
  #runs: readonly Run[] = [];

  constructor(search: Search, bytes: Buffer) {
    this.#search = search;
    this.#bytes = bytes;
  }

  /** Takes the next text, and gives what is found by now across the seams before it. */
  take(text: BodyText): readonly SeamHit[] {
    // The address of a picture between two parts does not keep a model from reading on.
    if (!isPart(text)) return [];
    const last = this.#last;
    this.#last = text;
    if (last === undefined || last.place.parent !== text.place.parent) return this.end();
    if (this.#runs.length === 0) this.#begin(this.#valueOf(last));
    const value = this.#valueOf(text);
    const hits = this.#runs.flatMap((run) => run.add(text, value.slice(0, 2 * ACROSS)));
    if (value.length <= 2 * ACROSS) return hits;
    hits.push(...this.end());
    this.#begin(value);
    return hits;
  }

  /** What is found across those that are not decided yet. */
  end(): readonly SeamHit[] {
    const hits = this.#runs.flatMap((run) => run.end());
    this.#runs = [];
    return hits;
  }

  #begin(value: string): void {
    this.#runs = JOINTS.map((joint) => new Run(this.#search, joint, value.slice(-ACROSS)));
  }

  #valueOf(text: BodyText): string {
    return valueOf(this.#bytes, text) ?? '';
  }
}

/** Parts that are put together in one way. */
class Run {
  readonly #scanner: Scanner;
  readonly #joint: string;
  /** Where one part ends, from the beginning of all, and which part follows. */
  #seams: { readonly at: number; readonly text: BodyText }[] = [];
  #waiting: string;
  #length: number;
  #decided = 0;

  constructor(search: Search, joint: string, first: string) {
    this.#scanner = new Scanner(search, 'text');
    this.#joint = joint;
    this.#waiting = first;
    this.#length = first.length;
  }

  add(text: BodyText, value: string): SeamHit[] {
    this.#seams.push({ at: this.#length, text });
    this.#waiting += this.#joint + value;
    this.#length += this.#joint.length + value.length;
    return this.#waiting.length < PIECE ? [] : this.#read(false);
  }

  end(): SeamHit[] {
    return this.#read(true);
  }

  #read(isLast: boolean): SeamHit[] {
    const { decided, hits } = this.#scanner.push(this.#waiting, isLast);
    this.#waiting = '';
    const crossing: SeamHit[] = [];
    let next = 0;
    for (const { guardrail, kind, start, end } of hits) {
      const [from, to] = [this.#decided + start, this.#decided + end];
      while (next < this.#seams.length && (this.#seams[next]?.at ?? 0) <= from) next += 1;
      let seam = this.#seams[next];
      if (seam === undefined || to <= seam.at + this.#joint.length) continue;
      for (let i = next + 1; i < this.#seams.length; i += 1) {
        const further = this.#seams[i];
        if (further === undefined || to <= further.at + this.#joint.length) break;
        seam = further;
      }
      crossing.push({ guardrail, kind, start, end, text: seam.text });
    }
    this.#decided += decided;
    // What is not decided may begin before these.
    this.#seams = this.#seams.filter(({ at }) => at > this.#decided);
    return crossing;
  }
}

const isPart = ({ key, kind, place }: BodyText): boolean =>
  key === 'text' && kind === 'text' && place.parent?.isArray === true;
