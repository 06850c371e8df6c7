import { RE2JS } from 're2js';
import { allowance } from './allowance.ts';

/**
 * What jsonata needs of a regular expression, in linear time whatever the text: an expression of the
 * engine's own can be made to run for years ("ReDoS").
 */
export class LinearRegExp {
  lastIndex = 0;
  readonly #compiled: RE2JS;

  /** @throws when it uses what takes more than linear time: look-around, back-references */
  constructor({ source, flags }: RegExp) {
    const insensitive = flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0;
    const multiline = flags.includes('m') ? RE2JS.MULTILINE : 0;
    this.#compiled = RE2JS.compile(source, insensitive | multiline);
  }

  /** @throws {FormatError} `mapping_limit` out of time */
  exec(text: string): RegExpExecArray | null {
    allowance.check();
    const matcher = this.#compiled.matcher(text);
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) return null;
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, index) =>
      matcher.group(index),
    );
    this.lastIndex = matcher.end();
    return Object.assign(groups, { index: matcher.start(), input: text }) as RegExpExecArray;
  }
}
