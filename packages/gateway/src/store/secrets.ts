import {
  createCipheriv,
  createDecipheriv,
  hash,
  hkdfSync,
  randomBytes,
  type CipherGCMTypes,
} from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { StartFailure } from '@vitalgate/contract';
import { ApiFailure } from '@vitalgate/contract/api';
import type { Store } from './database.ts';

const CIPHER: CipherGCMTypes = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Shorter ones can be guessed by whoever has the database. */
const MIN_LENGTH = 32;

/** Where the key that encrypts secrets comes from: never from the database itself. */
export interface SecretKeySource {
  /** Of the environment, `VITALGATE_SECRET_KEY`. */
  readonly given: string | undefined;
  /** Made beside the database at the first secret, where there is a place for it. */
  readonly file: string | undefined;
}

/**
 * Secrets that were written in the console, encrypted with AES-256-GCM (NIST SP 800-38D). A secret's
 * name is authenticated with it, so that one cannot be put in the place of another.
 */
export class SecretStore {
  readonly #store: Store;
  readonly #source: SecretKeySource;

  /** @throws {StartFailure} `weak_secret` for a key that is too short to be one. */
  constructor(store: Store, source: SecretKeySource) {
    const length = source.given?.length ?? MIN_LENGTH;
    if (length < MIN_LENGTH) {
      throw new StartFailure(
        'weak_secret',
        `found a VITALGATE_SECRET_KEY of ${length} characters, expected at least ${MIN_LENGTH}`,
      );
    }
    this.#store = store;
    this.#source = source;
  }

  /**
   * All of them by name.
   *
   * @throws {StartFailure} `secrets_unreadable` when the key is another one, or somebody changed them
   */
  async readAll(): Promise<Map<string, string>> {
    const rows = await this.#store.db.selectFrom('secrets').selectAll().execute();
    const secrets = new Map<string, string>();
    for (const { name, sealed } of rows) secrets.set(name, this.#open(name, sealed));
    return secrets;
  }

  async write(name: string, value: string): Promise<void> {
    const sealed = this.#seal(name, value);
    await this.#store.db
      .insertInto('secrets')
      .values({ name, sealed })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ sealed }))
      .execute();
  }

  async remove(name: string): Promise<void> {
    await this.#store.db.deleteFrom('secrets').where('name', '=', name).execute();
  }

  #seal(name: string, value: string): string {
    const key = this.#key(true);
    if (key === undefined) {
      throw new ApiFailure(
        'unavailable',
        'secrets need a key to be encrypted with: set VITALGATE_SECRET_KEY and restart',
      );
    }
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(contextOf(name, key));
    const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
    return `1:${keyId(key)}:${Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64')}`;
  }

  #open(name: string, sealed: string): string {
    const [, id, content = ''] = sealed.split(':');
    const key = this.#key(false);
    if (key === undefined || keyId(key) !== id) {
      throw new StartFailure(
        'secrets_unreadable',
        `the secrets of the store were encrypted with another key (${id ?? '?'}); bring back ` +
          'VITALGATE_SECRET_KEY or the .key file beside the database',
      );
    }
    try {
      const bytes = Buffer.from(content, 'base64');
      const end = bytes.length - TAG_BYTES;
      const opener = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(contextOf(name, key))
        .setAuthTag(bytes.subarray(end));
      return (
        opener.update(bytes.subarray(NONCE_BYTES, end), undefined, 'utf8') + opener.final('utf8')
      );
    } catch (cause) {
      throw new StartFailure(
        'secrets_unreadable',
        `the secret ${name} was changed by somebody else than us`,
        cause,
      );
    }
  }

  #key(mayMake: boolean): Buffer | undefined {
    const { given, file } = this.#source;
    if (given !== undefined) {
      return Buffer.from(hkdfSync('sha256', given, 'vitalgate', 'secrets 1', KEY_BYTES));
    }
    if (file === undefined) return undefined;
    if (!existsSync(file)) {
      if (!mayMake) return undefined;
      // For the owner of the process alone; `wx` so that two that start at once agree.
      writeFileSync(file, randomBytes(KEY_BYTES).toString('hex'), { mode: 0o600, flag: 'wx' });
    }
    return Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
  }
}

/** Tells keys apart without telling anything of them. */
const keyId = (key: Buffer) => hash('sha256', key, 'hex').slice(0, 8);

const contextOf = (name: string, key: Buffer) => Buffer.from(`${keyId(key)} ${name}`);
