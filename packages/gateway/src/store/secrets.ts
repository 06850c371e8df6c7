import {
  createCipheriv,
  createDecipheriv,
  createHash,
  randomBytes,
  type CipherGCMTypes,
} from 'node:crypto';
import { StartFailure } from '@vitalgate/contract';
import { ApiFailure } from '@vitalgate/contract/api';
import type { Store } from './database.ts';
import type { SecretKey, SecretKeys } from './secret-keys.ts';

const CIPHER: CipherGCMTypes = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

type Db = Store['db'];

/** Secrets to write, by their names, and undefined for those to remove. */
export type SecretChanges = ReadonlyMap<string, string | undefined>;

/** Who may add a provider could otherwise send somebody's secret to a host of their own. */
export const OF_PEOPLE = 'people/';

/**
 * Secrets that were written in the console, encrypted with AES-256-GCM (NIST SP 800-38D). A secret's
 * name is authenticated with it, so that one cannot be put in the place of another.
 */
export class SecretStore {
  readonly #store: Store;
  readonly #keys: SecretKeys;

  constructor(store: Store, keys: SecretKeys) {
    this.#store = store;
    this.#keys = keys;
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

  /** Those that the console's document may refer to: no person's. */
  async forConfiguration(): Promise<Map<string, string>> {
    const all = await this.readAll();
    return new Map([...all].filter(([name]) => !name.startsWith(OF_PEOPLE)));
  }

  /** One of them; undefined where there is none. */
  async read(name: string): Promise<string | undefined> {
    const row = await this.#store.db
      .selectFrom('secrets')
      .select('sealed')
      .where('name', '=', name)
      .executeTakeFirst();
    return row === undefined ? undefined : this.#open(name, row.sealed);
  }

  /**
   * What changes with each secret of a section, by its name; it tells nothing of the value. A rotation
   * counts as a change: who has a form open meanwhile is told of a conflict once, and loses nothing.
   */
  async marks(section: string): Promise<Map<string, string>> {
    const rows = await this.#store.db
      .selectFrom('secrets')
      .selectAll()
      .where('name', 'like', `${section}/%`)
      .execute();
    return new Map(
      rows.map(({ name, sealed }) => [
        name,
        createHash('sha256').update(sealed).digest('base64url').slice(0, 16),
      ]),
    );
  }

  /** Writes and removes what is changed, inside a transaction where one is given. */
  async change(changes: SecretChanges, db: Db = this.#store.db): Promise<void> {
    for (const [name, value] of changes) {
      if (value === undefined) await this.remove(name, db);
      else await this.write(name, value, db);
    }
  }

  async write(name: string, value: string, db: Db = this.#store.db): Promise<void> {
    const sealed = this.#seal(name, value);
    await db
      .insertInto('secrets')
      .values({ name, sealed })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ sealed }))
      .execute();
  }

  async remove(name: string, db: Db = this.#store.db): Promise<void> {
    await db.deleteFrom('secrets').where('name', '=', name).execute();
  }

  /**
   * Encrypts all with a new key: the one of `VITALGATE_SECRET_KEY`, or else one that is put into the
   * file. Whatever interrupts it, every secret can be read and the next run goes on from there.
   *
   * @returns how many were encrypted anew, and how many were with the key already
   * @throws {StartFailure} as `readAll`
   */
  async rotate(): Promise<{ rotated: number; kept: number }> {
    // Before the first is written: a key that is missing is found while nothing has changed.
    await this.readAll();
    const rows = () => this.#store.db.selectFrom('secrets').selectAll().execute();
    if (!this.#isHalfRotated(await rows())) this.#keys.renew();
    let rotated = 0;
    let kept = 0;
    for (const { name, sealed } of await rows()) {
      if (sealedWith(sealed) === this.#keys.writing()?.id) {
        kept += 1;
        continue;
      }
      const anew = this.#seal(name, this.#open(name, sealed));
      const { numUpdatedRows } = await this.#store.db
        .updateTable('secrets')
        .set({ sealed: anew })
        .where('name', '=', name)
        // What somebody has written meanwhile is newer, and with a key that is known.
        .where('sealed', '=', sealed)
        .executeTakeFirst();
      rotated += Number(numUpdatedRows);
    }
    this.#keys.forgetBut(new Set((await rows()).map(({ sealed }) => sealedWith(sealed))));
    return { rotated, kept };
  }

  /** Some are with the key to write with, and others are not: a rotation did not come to its end. */
  #isHalfRotated(rows: readonly { readonly sealed: string }[]): boolean {
    const current = this.#keys.writing()?.id;
    const isCurrent = rows.map(({ sealed }) => sealedWith(sealed) === current);
    return isCurrent.includes(false);
  }

  #seal(name: string, value: string): string {
    const key = this.#keys.writing();
    if (key === undefined) {
      throw new ApiFailure(
        'unavailable',
        'secrets need a key to be encrypted with: set VITALGATE_SECRET_KEY and restart',
      );
    }
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key.bytes, nonce).setAAD(contextOf(name, key));
    const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
    return `1:${key.id}:${Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64')}`;
  }

  #open(name: string, sealed: string): string {
    const [, id = '?', content = ''] = sealed.split(':');
    const key = this.#keys.reading(id);
    if (key === undefined) {
      throw new StartFailure(
        'secrets_unreadable',
        `the secret ${name} was encrypted with another key (${id}); bring it back in ` +
          'VITALGATE_SECRET_KEY_PREVIOUS or the .key file beside the database',
      );
    }
    try {
      const bytes = Buffer.from(content, 'base64');
      const end = bytes.length - TAG_BYTES;
      const opener = createDecipheriv(CIPHER, key.bytes, bytes.subarray(0, NONCE_BYTES), {
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
}

const sealedWith = (sealed: string): string => sealed.split(':')[1] ?? '';

const contextOf = (name: string, { id }: SecretKey) => Buffer.from(`${id} ${name}`);
