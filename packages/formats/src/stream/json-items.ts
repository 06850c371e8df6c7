import type { Cutter } from './cutter.ts';

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_RECORD, CLOSE_RECORD] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * The items of a list at the top of a JSON text; anything else at the top is the only item. Whether
 * each is JSON is for its reader to say: this only counts brackets outside of texts.
 */
export class JsonItems implements Cutter {
  #rest = '';
  /** Where in `rest` to go on. */
  #at = 0;
  #depth = 0;
  #inText = false;
  #state: 'before' | 'list' | 'single' | 'after' = 'before';
  #isFirst = true;

  get held(): number {
    return this.#rest.length;
  }

  push(text: string): readonly string[] {
    this.#rest += text;
    if (this.#state === 'before') this.#begin();
    if (this.#state === 'list') return this.#items();
    return this.#state === 'after' ? this.#strays() : [];
  }

  /** What is left over is no JSON, and told as such by whoever reads it. */
  end(): string | undefined {
    if (this.#state === 'after') return undefined;
    return this.#state === 'list' ? `[${this.#rest}` : this.#rest;
  }

  #begin(): void {
    const text = this.#rest.replace(/^\uFEFF/, '').trimStart();
    if (text === '') return;
    const isList = text.charCodeAt(0) === OPEN_LIST;
    this.#state = isList ? 'list' : 'single';
    if (isList) this.#rest = text.slice(1);
  }

  /** What comes after the list, with the bracket that makes it no JSON whatever it says. */
  #strays(): readonly string[] {
    const text = this.#rest.trim();
    this.#rest = '';
    return text === '' ? [] : [`]${text}`];
  }

  #items(): readonly string[] {
    const items: string[] = [];
    const text = this.#rest;
    let start = 0;
    let at = this.#at;
    for (; at < text.length && this.#state === 'list'; at++) {
      const code = text.charCodeAt(at);
      if (this.#inText) {
        if (code === BACKSLASH) at++;
        else if (code === QUOTE) this.#inText = false;
      } else if (code === QUOTE) this.#inText = true;
      else if (code === OPEN_LIST || code === OPEN_RECORD) this.#depth++;
      else if (code === CLOSE_RECORD || (code === CLOSE_LIST && this.#depth > 0)) this.#depth--;
      else if (this.#depth === 0 && (code === COMMA || code === CLOSE_LIST)) {
        const item = text.slice(start, at);
        // An empty list has no item; elsewhere a missing one is a mistake.
        if (!(code === CLOSE_LIST && this.#isFirst && item.trim() === '')) items.push(item);
        this.#isFirst = false;
        start = at + 1;
        if (code === CLOSE_LIST) this.#state = 'after';
      }
    }
    this.#rest = text.slice(start);
    this.#at = at - start;
    return this.#state === 'after' ? [...items, ...this.#strays()] : items;
  }
}
