import type { Random } from './random.ts';

/**
 * A text that matches a regular expression, made by reading the expression and drawing from what it
 * allows. It understands what schemas use: characters, classes, groups, alternatives, repetition,
 * anchors around the whole. Undefined where it meets anything else, or would get very long. The
 * expression itself is never run: one that comes from a caller can take longer than anybody waits.
 */
export function matching(pattern: string, random: Random): string | undefined {
  if (pattern.length > longestPattern) return undefined;
  const draw = new PatternReader(pattern).read();
  if (draw === undefined) return undefined;
  const pen: Pen = { random, text: '', strokes: 0 };
  draw(pen);
  return pen.strokes > mostStrokes ? undefined : pen.text;
}

const longestPattern = 1000;
const mostStrokes = 10_000;

interface Pen {
  readonly random: Random;
  text: string;
  strokes: number;
}

type Draw = (pen: Pen) => void;

/** What stands for a class of characters. The negated ones leave out most of what they allow. */
const classes: Readonly<Record<string, string>> = {
  d: '0123456789',
  w: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_',
  s: ' ',
  D: 'abcdefgh',
  W: ' -',
  S: 'abcdefgh',
  n: '\n',
  t: '\t',
  r: '\r',
};

const nothing: Draw = () => undefined;

class PatternReader {
  readonly #pattern: string;
  #at = 0;
  #understood = true;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  read(): Draw | undefined {
    const draw = this.#alternatives();
    const isWhole = this.#at === this.#pattern.length;
    return this.#understood && isWhole ? draw : undefined;
  }

  #alternatives(): Draw {
    const all = [this.#sequence()];
    while (this.#take('|')) all.push(this.#sequence());
    return (pen) => pen.random.pick(all)?.(pen);
  }

  #sequence(): Draw {
    const parts: Draw[] = [];
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#peek())) {
      const part = this.#atom(parts.length === 0);
      const [least, most] = this.#repetition();
      parts.push((pen) => {
        const times = pen.random.whole(least, most);
        for (let time = 0; time < times && pen.strokes <= mostStrokes; time++) part(pen);
      });
    }
    return (pen) => {
      for (const part of parts) part(pen);
    };
  }

  #atom(isFirst: boolean): Draw {
    const sign = this.#next();
    if (sign === '^') return this.#expect(isFirst, nothing);
    if (sign === '$') return this.#expect('|)'.includes(this.#peek()), nothing);
    if (sign === '.') return oneOf('abcdefgh');
    if (sign === '[') return this.#set();
    if (sign === '\\') return oneOf(this.#escaped());
    return sign === '(' ? this.#group() : oneOf(sign);
  }

  #group(): Draw {
    const isPlain = this.#peek() !== '?' || this.#skip(/\?(?::|<\w+>)/y) !== null;
    const draw = this.#alternatives();
    return this.#expect(isPlain && this.#take(')'), draw);
  }

  #set(): Draw {
    const isNegated = this.#take('^');
    let signs = '';
    while (this.#at < this.#pattern.length && this.#peek() !== ']') {
      const sign = this.#next();
      const isRange = this.#peek() === '-' && !']'.includes(this.#pattern[this.#at + 1] ?? ']');
      if (sign === '\\') signs += this.#escaped();
      else if (isRange) {
        this.#at++;
        signs += range(sign, this.#next());
      } else signs += sign;
    }
    const allowed = isNegated ? without(`${classes['w'] ?? ''} -.`, signs) : signs;
    return this.#expect(this.#take(']') && allowed !== '', oneOf(allowed));
  }

  /** Not the borders (`\b`), references (`\1`), code points and properties (`\x41`, `\p{L}`). */
  #escaped(): string {
    const sign = this.#next();
    this.#expect(sign in classes || !/[a-zA-Z0-9]/.test(sign), nothing);
    return classes[sign] ?? sign;
  }

  #repetition(): readonly [least: number, most: number] {
    const braces = this.#skip(/\{(\d+)(,?)(\d*)\}/y);
    let bounds: readonly [number, number] = [1, 1];
    if (braces !== null) {
      const least = Number(braces[1]);
      const open = braces[2] === ',' ? least + 8 : least;
      bounds = [least, braces[3] === '' ? open : Math.min(open, Number(braces[3]))];
    } else if (this.#take('*')) bounds = [0, 3];
    else if (this.#take('+')) bounds = [1, 4];
    else if (this.#take('?')) bounds = [0, 1];
    // A lazy repetition allows the same texts.
    this.#take('?');
    return bounds;
  }

  #expect(isSo: boolean, draw: Draw): Draw {
    if (!isSo) this.#understood = false;
    return draw;
  }

  #peek(): string {
    return this.#pattern[this.#at] ?? '';
  }

  #next(): string {
    return this.#pattern[this.#at++] ?? '';
  }

  #take(sign: string): boolean {
    if (this.#peek() !== sign) return false;
    this.#at++;
    return true;
  }

  #skip(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#pattern);
    if (found) this.#at = sticky.lastIndex;
    return found;
  }
}

const oneOf =
  (signs: string): Draw =>
  (pen) => {
    pen.strokes++;
    pen.text += signs[pen.random.whole(0, signs.length - 1)] ?? '';
  };

const without = (signs: string, taken: string): string =>
  Array.from(signs)
    .filter((sign) => !taken.includes(sign))
    .join('');

function range(from: string, to: string): string {
  let all = '';
  for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++) {
    all += String.fromCharCode(code);
  }
  return all;
}
