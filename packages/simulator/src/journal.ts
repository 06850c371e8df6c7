import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { SimulatorError } from './errors.ts';
import type { BreakageEffect } from './fault/fault.ts';

/** One request as the simulator saw it. */
export interface JournalEntry {
  /** Rises by one with each request. */
  readonly id: number;
  /** When it had been received whole, in wall-clock milliseconds. */
  readonly at: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** As received, credentials included: this is an oracle for tests, not a log. */
  readonly headers: IncomingHttpHeaders;
  readonly bodyBytes: number;
  readonly model: string | undefined;
  readonly stream: boolean;
  /** Undefined while it goes on. */
  readonly ending: Ending | undefined;
}

export interface Ending {
  /**
   * - `answered`: everything that was to be written has been handed to the network
   * - `broken`: a fault closed the connection
   * - `caller-left`: the caller closed it before the answer was whole
   * - `closed`: the simulator was closed, or refused connections from then on
   */
  readonly how: 'answered' | 'broken' | 'caller-left' | 'closed';
  /** Undefined when no head was sent. */
  readonly status: number | undefined;
  /** The breakage that struck. */
  readonly fault: BreakageEffect | undefined;
  /** What went wrong in the simulator itself; its caller was told an error of status 500. */
  readonly problem: string | undefined;
  /** Frames of a stream handed to the network. */
  readonly chunks: number;
  /** Bytes of body handed to the network. */
  readonly bytes: number;
  readonly durationMs: number;
}

function open(file: string): number {
  try {
    return openSync(file, 'a', 0o600);
  } catch (cause) {
    throw new SimulatorError('cannot_write_journal', String(cause), { cause });
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The requests received, the latest at the end. With a file it writes two lines per request, one
 * `received` before anything is answered and one `ended`, and waits until each is on the disk
 * (fsync), so that whatever is killed next, the file knows what had happened. That is slow, and
 * meant for tests of crashes.
 */
export class Journal {
  readonly #entries: Mutable<JournalEntry>[] = [];
  readonly #most: number;
  readonly #file: number | undefined;
  readonly #waiting: (() => void)[] = [];
  #lastId = 0;
  #open = 0;

  constructor(most: number, file: string | undefined) {
    this.#most = most;
    this.#file = file === undefined ? undefined : open(file);
  }

  get entries(): readonly JournalEntry[] {
    return [...this.#entries];
  }

  /** Takes a request down; `ended` takes down how it ended. */
  receive(request: Omit<JournalEntry, 'id' | 'ending'>): {
    readonly id: number;
    readonly ended: (ending: Ending) => void;
  } {
    const entry: Mutable<JournalEntry> = { id: ++this.#lastId, ...request, ending: undefined };
    this.#entries.push(entry);
    if (this.#entries.length > this.#most) this.#entries.shift();
    this.#open++;
    this.#write({ event: 'received', ...entry });
    const ended = (ending: Ending): void => {
      entry.ending = ending;
      this.#write({ event: 'ended', id: entry.id, ...ending });
      if (--this.#open === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    };
    return { id: entry.id, ended };
  }

  /** Resolves as soon as every request received has ended. */
  async settled(): Promise<void> {
    if (this.#open === 0) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }

  #write(line: object): void {
    if (this.#file === undefined) return;
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
    fsyncSync(this.#file);
  }
}
