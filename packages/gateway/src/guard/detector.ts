/** Takes one find: what it is, and the UTF-16 units where it stands. `weight` counts towards the
 * detector's threshold, where it has one. */
export type Report = (kind: string, start: number, end: number, weight?: number) => void;

/**
 * How far back from the end of a text that goes on a find of this detector may have begun and not
 * be decided yet: in the last word, in the last groups of digits, in a block that is not closed, or
 * in so many characters.
 */
export type Hold = 'word' | 'groups' | 'block' | number;

/**
 * Finds one family of things. What it says about a place depends on no more than `CONTEXT`
 * characters before and one behind it, and nothing it finds is longer than `LONGEST`: so a text that
 * comes in pieces is judged as the whole.
 */
export interface Detector {
  readonly name: string;
  readonly hold: Hold;
  /** What a text must have for this to be worth running; see `sieve.ts`. 0 runs always. */
  readonly needs: number;
  /** Reads the text as it was written, and not its normal form. */
  readonly isLiteral?: true;
  /** The sum of weights in one text from which on its finds count; each kind adds once. */
  readonly threshold?: number;
  /**
   * Reports finds that begin at `from` or later, in order and without overlaps of its own. `seen` is
   * what the sieve saw in the text.
   */
  find(text: string, from: number, report: Report, seen: number): void;
}

/** Characters before a place that may bear on what it is. */
export const CONTEXT = 64;
/** Longest single word that is looked at as one. */
export const LONGEST_WORD = 2048;
/** Longest run of groups (an IBAN or a phone number with spaces). */
export const LONGEST_GROUPS = 64;
/** Longest block (a private key in PEM). */
export const LONGEST_BLOCK = 3900;
/** No more of a stream is ever held back in one channel, in UTF-16 units. */
export const MOST_HELD = 4096;

export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
export const isAlphanumeric = (code: number): boolean =>
  isDigit(code) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
