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
  readonly #byValue = new Map<string, string>();
  readonly #byPlaceholder = new Map<string, string>();

  /** The same value has the same placeholder, so that a model can tell who is who. */
  for(kind: string, value: string): string {
    const known = this.#byValue.get(value);
    if (known !== undefined) return known;
    if (this.#nonce === '') this.#nonce = randomBytes(NONCE / 2).toString('hex');
    const label = kind.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
    const placeholder = `[${label}_${this.#byValue.size + 1}_${this.#nonce}]`;
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

  /** As they are written, for `restoring`. */
  get tokens(): readonly string[] {
    return [...this.#byPlaceholder.keys()];
  }
}

/** Finds placeholders where an answer repeats them. */
export function restoring(tokens: readonly string[]): Detector {
  // The last part is the same in all of one request.
  const nonce = tokens[0]?.slice(-(NONCE + 1)) ?? '';
  return {
    name: 'placeholder',
    hold: Math.max(0, ...tokens.map(({ length }) => length)),
    needs: 0,
    isLiteral: true,
    find(text, from, report) {
      if (tokens.length === 0 || !text.includes(nonce)) return;
      const hits = tokens.flatMap((token) => {
        const found: [string, number][] = [];
        for (let at = text.indexOf(token, from); at !== -1; at = text.indexOf(token, at + 1)) {
          found.push([token, at]);
        }
        return found;
      });
      for (const [token, at] of hits.toSorted((a, b) => a[1] - b[1])) {
        report(token, at, at + token.length);
      }
    },
  };
}

/** What stands where something was taken out for good. */
export const stump = (kind: string): string =>
  `[${kind.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')}]`;
