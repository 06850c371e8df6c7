import { FormatError } from '../errors.ts';
import { MAX_DEPTH } from '../value.ts';

const TAKEN = 'it took too long, or made a list or a text too long';

/**
 * The time of the mapping that is being evaluated. JSONata looks at its clock between its own steps alone, and
 * one step is all matches of a regular expression in a text of megabytes. A mapping waits for nothing outside,
 * so that those which run at once share the promises of one turn of the event loop, and one clock is enough.
 */
class Allowance {
  #until = Number.POSITIVE_INFINITY;

  begin(ms: number): void {
    this.#until = performance.now() + ms;
  }

  /** @throws {FormatError} `mapping_limit` */
  check(): void {
    if (performance.now() > this.#until) throw new FormatError('mapping_limit', TAKEN);
  }
}

export const allowance: Allowance = new Allowance();

/** Parts that are looked at between two looks at the clock. */
const STEP = 1024;

/**
 * Counts characters of all texts and keys, and values, of what JSONata has made. Lists and records may be in it
 * many times, as `$$` in each item is, and would be as many when they are written.
 *
 * @throws {FormatError} `mapping_limit` beyond `most`, or out of time
 */
export function boundSize(made: unknown, most: number): void {
  let size = 0;
  let parts = 0;
  const add = (some: number): void => {
    size += some;
    parts += 1;
    if (size > most) throw new FormatError('mapping_limit', `it made more than ${most} characters`);
    if (parts % STEP === 0) allowance.check();
  };
  // What is deeper is refused by whoever copies it.
  const look = (value: unknown, left: number): void => {
    if (left < 0) return;
    add(typeof value === 'string' || value instanceof Uint8Array ? value.length + 1 : 1);
    if (Array.isArray(value)) for (const item of value as readonly unknown[]) look(item, left - 1);
    else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
      for (const [key, item] of Object.entries(value)) {
        size += key.length;
        look(item, left - 1);
      }
    }
  };
  look(made, MAX_DEPTH);
}
