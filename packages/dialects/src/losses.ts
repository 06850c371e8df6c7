export interface Loss {
  /** In the caller's words: `temperature`, `messages[2].content[0]`. */
  readonly path: string;
  readonly action: 'dropped' | 'altered';
  readonly reason: string;
}

/** Proxies and clients refuse long headers; 2 KiB is understood everywhere. */
const MAX_HEADER = 2048;

/** What a translation could not carry. Nothing is lost without being told here. */
export class Losses {
  readonly #all: Loss[] = [];

  dropped(path: string, reason: string): void {
    this.#add({ path, action: 'dropped', reason });
  }

  altered(path: string, reason: string): void {
    this.#add({ path, action: 'altered', reason });
  }

  get all(): readonly Loss[] {
    return this.#all;
  }

  /**
   * As the value of a header: a list of strings with parameters (RFC 9651, section 3.1), or
   * undefined when nothing was lost.
   */
  header(): string | undefined {
    if (this.#all.length === 0) return undefined;
    let text = '';
    for (const [index, { path, action, reason }] of this.#all.entries()) {
      const item = `${quoted(path)};action=${action};reason=${quoted(reason)}`;
      if (text.length + item.length > MAX_HEADER) {
        return `${text}, "and more";count=${this.#all.length - index}`;
      }
      text += text === '' ? item : `, ${item}`;
    }
    return text;
  }

  // A block that is met twice, on the way in and out, is one loss.
  #add(loss: Loss): void {
    const isKnown = this.#all.some(
      ({ path, reason }) => path === loss.path && reason === loss.reason,
    );
    if (!isKnown) this.#all.push(loss);
  }
}

/** A structured-field string: printable ASCII (RFC 9651, section 3.3.3). */
function quoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/[\\"]/g, String.raw`\$&`)}"`;
}
