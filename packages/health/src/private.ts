const SHOWN = '[private]';

/**
 * Something only the trusted may see, such as a driver's error text with a host name in it. It
 * prints, serialises and concatenates as `[private]`, so that it cannot slip into a public body;
 * whoever shows it has to say `reveal()`.
 */
export class Private<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }
}
