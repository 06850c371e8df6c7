import { hash, hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { StartFailure } from '@vitalgate/contract';
import { keyFileOf, type Place } from './place.ts';

const KEY_BYTES = 32;
/** Shorter ones can be guessed by whoever has the database. */
const MIN_LENGTH = 32;
const CURRENT = 'VITALGATE_SECRET_KEY';
const PREVIOUS = 'VITALGATE_SECRET_KEY_PREVIOUS';

/** One key that secrets are encrypted with. */
export interface SecretKey {
  /** Tells keys apart without telling anything of them. */
  readonly id: string;
  readonly bytes: Buffer;
}

/**
 * The keys that encrypt secrets, never from the database itself: the first writes, all of them
 * read. Those of the environment come before those of the file beside the database.
 */
export class SecretKeys {
  readonly #given: readonly SecretKey[];
  readonly #hasCurrent: boolean;
  /** Undefined where there is no place for one. */
  readonly #file: string | undefined;

  /** @throws {StartFailure} `weak_secret` for a key that is too short to be one */
  constructor(
    environment: Readonly<Record<string, string | undefined>>,
    place: Pick<Place, 'engine' | 'at'>,
  ) {
    const current = environment[CURRENT];
    const previous = environment[PREVIOUS]?.split(/\s+/).filter((one) => one !== '') ?? [];
    const given = [
      ...(current === undefined ? [] : [[CURRENT, current] as const]),
      ...previous.map((one) => [PREVIOUS, one] as const),
    ];
    for (const [name, { length }] of given) {
      if (length >= MIN_LENGTH) continue;
      throw new StartFailure(
        'weak_secret',
        `found a ${name} of ${length} characters, expected at least ${MIN_LENGTH}`,
      );
    }
    this.#given = given.map(([, secret]) => derived(secret));
    this.#hasCurrent = current !== undefined;
    this.#file = keyFileOf(place);
  }

  /** The key to write with; undefined where none was given and there is no place to make one. */
  writing(): SecretKey | undefined {
    if (this.#hasCurrent) return this.#given[0];
    const [known] = this.#inFile();
    if (known !== undefined || this.#file === undefined) return known;
    const made = randomBytes(KEY_BYTES).toString('hex');
    try {
      // For the owner of the process alone; `wx` so that two that start at once agree.
      writeFileSync(this.#file, `${made}\n`, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    return this.#inFile()[0];
  }

  /** The key with this id. */
  reading(id: string): SecretKey | undefined {
    return [...this.#given, ...this.#inFile()].find((key) => key.id === id);
  }

  /** Puts a new key before those of the file; where the environment has the key, that is the new one. */
  renew(): void {
    if (this.#hasCurrent || this.#file === undefined) return;
    this.#write(this.#file, [keyOf(randomBytes(KEY_BYTES)), ...this.#inFile()]);
  }

  /**
   * Takes keys out of the file that encrypt nothing any more, but for the one before the newest: a
   * gateway may have written with it a moment ago.
   */
  forgetBut(used: ReadonlySet<string>): void {
    if (this.#file === undefined) return;
    const keys = this.#inFile();
    const kept = keys.filter(({ id }, i) => i < 2 || used.has(id));
    if (kept.length < keys.length) this.#write(this.#file, kept);
  }

  #inFile(): SecretKey[] {
    if (this.#file === undefined || !existsSync(this.#file)) return [];
    const lines = readFileSync(this.#file, 'utf8').split('\n');
    return lines.flatMap((line) => {
      const text = line.trim();
      return text === '' ? [] : [keyOf(Buffer.from(text, 'hex'))];
    });
  }

  /** Whole or not at all: a file that was cut would take every secret with it. */
  #write(file: string, keys: readonly SecretKey[]): void {
    const lines = keys.map(({ bytes }) => `${bytes.toString('hex')}\n`);
    writeFileSync(`${file}.new`, lines.join(''), { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  }
}

const derived = (secret: string): SecretKey =>
  keyOf(Buffer.from(hkdfSync('sha256', secret, 'vitalgate', 'secrets 1', KEY_BYTES)));

const keyOf = (bytes: Buffer): SecretKey => ({
  id: hash('sha256', bytes, 'hex').slice(0, 8),
  bytes,
});
