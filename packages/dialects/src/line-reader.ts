import type { StreamReader } from './codec.ts';
import type { Line, Lines } from './lines.ts';
import type { StreamEvent } from './reply.ts';
import type { SseLines } from './sse.ts';

/** What cuts a stream into lines. */
type Splitter = new (onLine: Line, onSkipped: () => void) => Lines | SseLines;

/** What readers of streams in lines have in common: bytes in, however they were cut, events out. */
export abstract class LineReader implements StreamReader {
  frames = 0;
  #events: StreamEvent[] = [];
  readonly #lines: Lines | SseLines;

  constructor(Splitter: Splitter) {
    this.#lines = new Splitter(
      (bytes, start, end) => {
        this.frames += 1;
        this.line(bytes, start, end);
      },
      () => this.emit({ type: 'gap' }),
    );
  }

  push(chunk: Buffer): readonly StreamEvent[] {
    this.#lines.push(chunk);
    return this.#taken();
  }

  end(): readonly StreamEvent[] {
    this.#lines.end();
    this.atEnd();
    return this.#taken();
  }

  /** One line, or the data of one. */
  protected abstract line(bytes: Buffer, start: number, end: number): void;

  /** For dialects whose streams have no terminal event. */
  protected atEnd(): void {}

  protected emit(...events: readonly StreamEvent[]): void {
    this.#events.push(...events);
  }

  #taken(): readonly StreamEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
