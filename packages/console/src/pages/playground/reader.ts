import type { Dialect, Frame } from './dialects.ts';

/**
 * Reads the text for people out of an answer as it comes, whole or in frames of events or lines.
 * Each line is parsed once, when it has come to its end.
 */
export class AnswerReader {
  readonly #dialect: Pick<Dialect, 'textOf'>;
  /** What has come. */
  wire = '';
  /** What of it is text. */
  text = '';
  #line = '';

  constructor(dialect: Pick<Dialect, 'textOf'>) {
    this.#dialect = dialect;
  }

  push(piece: string): void {
    this.wire += piece;
    const [first = '', ...rest] = piece.split('\n');
    this.#line += first;
    for (const next of rest) {
      this.#take(this.#line);
      this.#line = next;
    }
  }

  /** No more comes: the last line may have no end, and an answer may be written over several. */
  end(): void {
    this.#take(this.#line);
    this.#line = '';
    if (this.text === '') this.#add(this.wire);
  }

  #take(line: string): void {
    const json = line.replace(/^data: ?/, '').trim();
    if (json.startsWith('{')) this.#add(json);
  }

  #add(json: string): void {
    const frame = parsed(json);
    if (frame !== undefined) this.text += this.#dialect.textOf(frame);
  }
}

function parsed(json: string): Frame | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Frame) : undefined;
  } catch {
    return undefined;
  }
}
