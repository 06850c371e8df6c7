import { FormatError } from '../errors.ts';
import type { Cutter } from './cutter.ts';

/** An item with more characters is looked at again when an eighth of it has come. */
const LARGE = 65_536;
const FRESH_SHARE = 8;

/**
 * The elements inside the one around everything, whatever their names. Whether each is XML is for
 * its reader to say: this only follows where elements begin and end.
 */
export class XmlItems implements Cutter {
  #rest = '';
  /** What has come since it was last looked at. */
  #fresh: string[] = [];
  #freshLength = 0;
  #at = 0;
  /** Where the element that is going on begins. */
  #start = 0;
  #depth = 0;
  #isOver = false;

  get held(): number {
    return this.#rest.length + this.#freshLength;
  }

  push(text: string, isLast: boolean): readonly string[] {
    this.#fresh.push(text);
    this.#freshLength += text.length;
    // Looking at a large item anew with each small piece of it would take the square of its size.
    const isMuch = this.#freshLength * FRESH_SHARE >= this.#rest.length;
    if (!isMuch && !isLast && this.#rest.length > LARGE) return [];
    this.#rest += this.#fresh.join('');
    this.#fresh = [];
    this.#freshLength = 0;
    const items: string[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (next !== '') items.push(next);
    }
    const done = this.#depth > 1 ? this.#start : this.#at;
    this.#rest = this.#rest.slice(done);
    this.#at -= done;
    this.#start -= done;
    return items;
  }

  end(): string | undefined {
    if (this.#isOver) return undefined;
    throw new FormatError('unreadable', 'it ends before the element around everything does');
  }

  /** Goes past one token: the text of an item that ends with it, else ''; undefined to wait for more. */
  #next(): string | undefined {
    const text = this.#rest;
    const open = text.indexOf('<', this.#at);
    if (open === -1) {
      this.#refuseText(text.slice(this.#at));
      if (this.#depth !== 1) return undefined;
      this.#at = text.length;
      return undefined;
    }
    const end = endOfToken(text, open);
    if (end === undefined) return undefined;
    this.#refuseText(text.slice(this.#at, open));
    const token = text.slice(open, Math.min(end, open + 9));
    this.#at = end;
    if (/^<[!?]/.test(token)) {
      if (token.startsWith('<!') && !/^<!(?:--|\[CDATA\[)/.test(token)) {
        throw new FormatError('doctype', 'send it without <!DOCTYPE …>');
      }
      return '';
    }
    if (this.#isOver) throw new FormatError('unreadable', 'it goes on after its end');
    if (token.startsWith('</')) return this.#close(end);
    if (this.#depth === 1) this.#start = open;
    this.#depth++;
    return text[end - 2] === '/' ? this.#close(end) : '';
  }

  #close(end: number): string {
    this.#depth--;
    if (this.#depth === 0) this.#isOver = true;
    return this.#depth === 1 ? this.#rest.slice(this.#start, end) : '';
  }

  /** Text beside the items has no place in a list. */
  #refuseText(text: string): void {
    if (this.#depth > 1 || /^[\s\uFEFF]*$/.test(text)) return;
    throw new FormatError('unreadable', 'it has text between its items');
  }
}

/** Behind the token that begins with `<` at `open`; undefined where it is not whole. */
function endOfToken(text: string, open: number): number | undefined {
  const closing = closingOf(text, open);
  if (closing === undefined) return undefined;
  if (closing !== '>') {
    const found = text.indexOf(closing, open + 2);
    return found === -1 ? undefined : found + closing.length;
  }
  let quote = '';
  for (let at = open + 1; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (quote !== '') {
      if (letter === quote) quote = '';
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '>') return at + 1;
  }
  return undefined;
}

function closingOf(text: string, open: number): string | undefined {
  const start = text.slice(open, open + 9);
  if (start.startsWith('<?')) return '?>';
  if (start.startsWith('<!--')) return '-->';
  if (start.startsWith('<![CDATA[')) return ']]>';
  // Too little of it to tell which it is.
  return '<!--'.startsWith(start) || '<![CDATA['.startsWith(start) ? undefined : '>';
}
