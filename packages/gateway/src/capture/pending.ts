import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

/** A file that has grown so far is written anew, with what is still under way. */
const MOST_BYTES = 1024 * 1024;
const MODE = 0o600;

/**
 * The ids of what is handed on and not written down yet, in a file: a process that is killed cannot
 * say what it lost, and the next one counts it by this. The system keeps what was written, however
 * the process ends. A disk that takes nothing costs the count, and no call.
 */
export class Pending {
  /** What the process before had under way at its end. */
  readonly before: readonly string[];
  readonly #file: string;
  #descriptor: number | undefined;
  #bytes = 0;

  constructor(file: string) {
    this.#file = file;
    this.before = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    if (this.before.length > 0) writeFileSync(file, '');
  }

  add(id: string): void {
    try {
      this.#descriptor ??= openSync(this.#file, 'a', MODE);
      this.#bytes += writeSync(this.#descriptor, `${id}\n`);
    } catch {
      // A full disk.
    }
  }

  /** @param left ids of what is still under way */
  settle(left: readonly string[]): void {
    if (this.#descriptor === undefined) return;
    if (left.length === 0) {
      ftruncateSync(this.#descriptor);
      this.#bytes = 0;
    } else if (this.#bytes > MOST_BYTES) this.#replace(this.#descriptor, left);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }

  #replace(descriptor: number, left: readonly string[]): void {
    const text = `${left.join('\n')}\n`;
    try {
      writeFileSync(`${this.#file}.new`, text, { mode: MODE });
      renameSync(`${this.#file}.new`, this.#file);
      closeSync(descriptor);
      this.#descriptor = openSync(this.#file, 'a', MODE);
      this.#bytes = text.length;
    } catch {
      // A full disk: it grows on until there is room.
    }
  }
}
