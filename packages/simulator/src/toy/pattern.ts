import type { Random } from './random.ts';

/**
 * A text that matches a regular expression, made by walking the expression. It understands what
 * schemas use: characters, classes, groups, alternatives, repetition, anchors. The result is tried
 * against the expression itself, so what is not understood gives undefined and never a wrong text.
 */
export function matching(pattern: string, random: Random): string | undefined {
  try {
    const text = new Walker(pattern, random).alternatives();
    return new RegExp(pattern, 'u').test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

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

class Walker {
  readonly #pattern: string;
  readonly #random: Random;
  #at = 0;

  constructor(pattern: string, random: Random) {
    this.#pattern = pattern;
    this.#random = random;
  }

  alternatives(): string {
    const all = [this.#sequence()];
    while (this.#take('|')) all.push(this.#sequence());
    return this.#random.pick(all) ?? '';
  }

  #sequence(): string {
    let text = '';
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#peek())) {
      const from = this.#at;
      const first = this.#atom();
      const to = this.#at;
      const count = this.#count();
      // Each repetition is drawn anew, so that \d{4} is not always four times the same digit.
      for (let index = 0; index < count; index++)
        text += index === 0 ? first : this.#again(from, to);
    }
    return text;
  }

  #again(from: number, to: number): string {
    return new Walker(this.#pattern.slice(from, to), this.#random).#atom();
  }

  #atom(): string {
    const sign = this.#next();
    if (sign === '^' || sign === '$') return '';
    if (sign === '.') return this.#one('abcdefgh');
    if (sign === '[') return this.#random.pick(this.#set()) ?? '';
    if (sign === '\\') return this.#escape(this.#next());
    if (sign !== '(') return sign;
    this.#skip(/\?(?::|<\w+>)/y);
    const text = this.alternatives();
    this.#take(')');
    return text;
  }

  #escape(sign: string): string {
    if (sign === 'b' || sign === 'B') return '';
    return this.#one(classes[sign] ?? sign);
  }

  #set(): readonly string[] {
    const negated = this.#take('^');
    const signs: string[] = [];
    while (this.#at < this.#pattern.length && !this.#take(']')) {
      const sign = this.#next();
      if (sign === '\\') {
        const escaped = this.#next();
        signs.push(...(classes[escaped] ?? escaped).split(''));
      } else if (this.#peek() === '-' && this.#pattern[this.#at + 1] !== ']') {
        this.#at++;
        signs.push(...range(sign, this.#next()));
      } else signs.push(sign);
    }
    if (!negated) return signs;
    return `${classes['w']} -.`.split('').filter((sign) => !signs.includes(sign));
  }

  #count(): number {
    const braces = this.#skip(/\{(\d+)(,?)(\d*)\}/y);
    let count = 1;
    if (braces) {
      const least = Number(braces[1]);
      const most = braces[2] === '' ? least : braces[3] === '' ? least + 2 : Number(braces[3]);
      count = this.#random.whole(least, Math.min(most, least + 8));
    } else if (this.#take('*')) count = this.#random.whole(0, 3);
    else if (this.#take('+')) count = this.#random.whole(1, 4);
    else if (this.#take('?')) count = this.#random.whole(0, 1);
    this.#take('?');
    return count;
  }

  #one(signs: string): string {
    return signs[this.#random.whole(0, signs.length - 1)] ?? '';
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

function range(from: string, to: string): readonly string[] {
  const all: string[] = [];
  for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++) {
    all.push(String.fromCharCode(code));
  }
  return all;
}
