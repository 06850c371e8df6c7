import type { Cutter } from './cutter.ts';

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_RECORD, CLOSE_RECORD] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * The items of a list at the top of a JSON text; anything else at the top is the only item. Whether
 * each is JSON is for its reader to say: this only counts brackets outside of texts.
 */
export class JsonItems implements Cutter {
  held = 0;
  /** Of the item that is going on. */
  #parts: string[] = [];
  #depth = 0;
  #inText = false;
  #isEscaped = false;
  #state: 'before' | 'list' | 'single' | 'after' = 'before';
  #isFirst = true;

  push(text: string): readonly string[] {
    switch (this.#state) {
      case 'before':
        return this.#begin(text);
      case 'list':
        return this.#items(text, 0);
      case 'single':
        this.#hold(text);
        return [];
      case 'after':
        return strays(text);
    }
  }

  /** What is left over is no JSON, and told as such by whoever reads it. */
  end(): string | undefined {
    if (this.#state === 'after') return undefined;
    return this.#state === 'list' ? `[${this.#taken()}` : this.#taken();
  }

  /** White space before it is let go. */
  #begin(piece: string): readonly string[] {
    const text = piece.trimStart();
    if (text === '') return [];
    const isList = text.charCodeAt(0) === OPEN_LIST;
    this.#state = isList ? 'list' : 'single';
    if (isList) return this.#items(text, 1);
    this.#hold(text);
    return [];
  }

  #items(text: string, from: number): readonly string[] {
    const items: string[] = [];
    let start = from;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#inText) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (code === BACKSLASH) this.#isEscaped = true;
        else if (code === QUOTE) this.#inText = false;
      } else if (code === QUOTE) this.#inText = true;
      else if (code === OPEN_LIST || code === OPEN_RECORD) this.#depth++;
      else if (code === CLOSE_RECORD || (code === CLOSE_LIST && this.#depth > 0)) this.#depth--;
      else if (this.#depth === 0 && (code === COMMA || code === CLOSE_LIST)) {
        this.#hold(text.slice(start, at));
        const item = this.#taken();
        // An empty list has no item; elsewhere a missing one is a mistake.
        if (!(code === CLOSE_LIST && this.#isFirst && item.trim() === '')) items.push(item);
        this.#isFirst = false;
        start = at + 1;
        if (code === COMMA) continue;
        this.#state = 'after';
        return [...items, ...strays(text.slice(start))];
      }
    }
    this.#hold(text.slice(start));
    return items;
  }

  #hold(text: string): void {
    this.#parts.push(text);
    this.held += text.length;
  }

  #taken(): string {
    const item = this.#parts.join('');
    this.#parts = [];
    this.held = 0;
    return item;
  }
}

/** What comes after the list, with the bracket that makes it no JSON whatever it says. */
function strays(piece: string): readonly string[] {
  const text = piece.trim();
  return text === '' ? [] : [`]${text}`];
}
