import { randomBytes } from 'node:crypto';
import type { Detector } from './detector.ts';

/** Characters of the random part. */
const NONCE = 10;

/**
 * Stand-ins for what was taken out of one request, such as `[EMAIL_1_k3v9x2mq]`. The last part is
 * random for each request: nobody can write a placeholder that stands for another's data.
 */
export class Placeholders {
  #nonce = '';
  #longest = 0;
  readonly #byValue = new Map<string, string>();
  readonly #byPlaceholder = new Map<string, string>();

  /** The same value has the same placeholder, so that a model can tell who is who. */
  for(kind: string, value: string): string {
    const known = this.#byValue.get(value);
    if (known !== undefined) return known;
    if (this.#nonce === '') this.#nonce = randomBytes(NONCE / 2).toString('hex');
    const label = kind.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
    const placeholder = `[${label}_${this.#byValue.size + 1}_${this.#nonce}]`;
    this.#longest = Math.max(this.#longest, placeholder.length);
    this.#byValue.set(value, placeholder);
    this.#byPlaceholder.set(placeholder, value);
    return placeholder;
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  get size(): number {
    return this.#byValue.size;
  }

  originalOf(placeholder: string): string | undefined {
    return this.#byPlaceholder.get(placeholder);
  }

  /** What all of them have in common, for `restoring`; undefined where there is none. */
  get shape(): Shape | undefined {
    return this.isEmpty ? undefined : { nonce: this.#nonce, longest: this.#longest };
  }
}

/** How the placeholders of one request are written. */
export interface Shape {
  readonly nonce: string;
  readonly longest: number;
}

/**
 * Finds placeholders where an answer repeats them: by what they end with, since a request may have made
 * tens of thousands, and to look for each of them took minutes. One that it did not make is put back
 * as it is.
 */
export function restoring({ nonce, longest }: Shape): Detector {
  const end = `_${nonce}]`;
  return {
    name: 'placeholder',
    hold: longest,
    needs: 0,
    isLiteral: true,
    find(text, from, report) {
      for (let at = text.indexOf(end, from); at !== -1; at = text.indexOf(end, at + 1)) {
        const least = Math.max(from, at + end.length - longest);
        const begin = BEGIN.exec(text.slice(least, at));
        if (begin !== null) report('placeholder', least + begin.index, at + end.length);
      }
    },
  };
}

const BEGIN = /\[[A-Z0-9_]+_\d+$/;

/** What stands where something was taken out for good. */
export const stump = (kind: string): string =>
  `[${kind.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')}]`;
