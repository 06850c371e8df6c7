import { FormatError } from './errors.ts';

/** Values and keys of a binary format, of which a part may be a single byte. */
export const MOST_BINARY_PARTS = 250_000;

/**
 * Counts the parts of a document before somebody builds something of each: that takes microseconds, in
 * which nobody else is served, and ten megabytes of commas are minutes.
 */
export class PartCount {
  readonly #most: number;
  #parts = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @throws {FormatError} `too_many_parts` */
  add(parts: number = 1): void {
    this.#parts += parts;
    if (this.#parts <= this.#most) return;
    const detail = `more than ${this.#most}; send it in pieces, or as JSON`;
    throw new FormatError('too_many_parts', detail);
  }
}

/**
 * Looks how often what separates parts stands in a text.
 *
 * @param marks letters of ASCII
 * @throws {FormatError} `too_many_parts`
 */
export function boundParts(text: string, marks: string, most: number): void {
  const counted = new Uint8Array(128);
  for (const mark of marks) counted[mark.charCodeAt(0)] = 1;
  const count = new PartCount(most);
  for (let at = 0; at < text.length; at++) {
    if (counted[text.charCodeAt(at)] === 1) count.add();
  }
}
