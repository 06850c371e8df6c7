import { createHash } from 'node:crypto';
import { ApiFailure } from '@vitalgate/contract/api';
import { findItem, putItem, removeItem } from '../config/document.ts';
import type { ConsoleSection } from '../config/merge.ts';
import type { SecretChanges, SecretStore } from '../store/secrets.ts';
import type { ConfigControl } from './config-control.ts';

export type Item = Readonly<Record<string, unknown>>;

interface By {
  readonly author: string;
  /** What is written and removed of its secrets, with it or not at all. */
  readonly secrets?: SecretChanges;
  /** Number of the document that was looked at; absent: the newest is good enough. */
  readonly number?: number;
}

/** Objects of one section of the configuration, made and changed one by one. */
export class ConfigObjects {
  readonly #section: ConsoleSection;
  readonly #word: string;
  readonly #control: ConfigControl;

  constructor(section: ConsoleSection, word: string, control: ConfigControl) {
    this.#section = section;
    this.#word = word;
    this.#control = control;
  }

  isInFile(name: string): boolean {
    return this.#control.fileNames(this.#section).has(name);
  }

  /** As it is written in the console's document; undefined for those of the file. */
  find(name: string): Item | undefined {
    return findItem(this.#control.sources().text, this.#section, name);
  }

  /**
   * The same, to be changed.
   *
   * @param version what was read, or undefined where any will do
   * @throws {ApiFailure} `managed_by_file`, `not_found`, `version_changed`
   */
  own(name: string, version?: string): Item {
    if (this.isInFile(name)) {
      throw new ApiFailure('managed_by_file', 'it is in the configuration file; change it there');
    }
    const item = this.find(name);
    if (item === undefined) throw new ApiFailure('not_found', `there is no such ${this.#word}`);
    if (version !== undefined && version !== this.versionOf(name)) throw this.#changed();
    return item;
  }

  /**
   * The same of what has secrets, with the number of the document it was found in.
   *
   * @throws {ApiFailure} as `own`
   */
  async ownWithSecrets(
    name: string,
    version: string,
    vault: SecretStore,
  ): Promise<{ item: Item; number: number }> {
    // Before the secrets are read: what is changed while they are is another document by then.
    const { number } = this.#control.sources();
    const versionOf = await this.versions(vault);
    const item = this.own(name);
    if (version !== versionOf(name)) throw this.#changed();
    return { item, number };
  }

  /** Changes when the object does. */
  versionOf(name: string): string {
    const item = this.find(name);
    if (item === undefined) return 'file';
    return digest(JSON.stringify(item));
  }

  /** The same of those that have secrets: it changes when one of these does, too. */
  async versions(vault: SecretStore): Promise<(name: string) => string> {
    const marks = [...(await vault.marks(this.#section))];
    return (name) => {
      const own = marks.filter(([secret]) => secret.startsWith(`${this.#section}/${name}/`));
      const sorted = own.map((mark) => mark.join(' ')).toSorted();
      return sorted.length === 0
        ? this.versionOf(name)
        : digest([this.versionOf(name), ...sorted].join('\n'));
    };
  }

  /** @throws {ApiFailure} `already_exists` */
  refuseTaken(name: string): void {
    if (!this.isInFile(name) && this.find(name) === undefined) return;
    throw new ApiFailure('already_exists', `there is a ${this.#word} "${name}" already`);
  }

  /** @throws {ApiFailure} `already_exists` or what `ConfigControl.apply` throws */
  async add(item: Item & { readonly name: string }, by: By): Promise<void> {
    this.refuseTaken(item.name);
    await this.#apply((text) => putItem(text, this.#section, item), by, `adds ${item.name}`);
  }

  /**
   * @param version what was read, or undefined where any will do
   * @throws {ApiFailure} `not_found`, `managed_by_file`, `version_changed`, or as `apply`
   */
  async change(
    name: string,
    version: string | undefined,
    change: (before: Item) => Item,
    by: By,
  ): Promise<void> {
    const before = this.own(name, version);
    const after = { ...change(before), name };
    await this.#apply((text) => putItem(text, this.#section, after), by, `changes ${name}`);
  }

  /** @throws {ApiFailure} `not_found`, `managed_by_file`, or as `apply` */
  async remove(name: string, by: By): Promise<void> {
    this.own(name);
    await this.#apply((text) => removeItem(text, this.#section, name), by, `removes ${name}`);
  }

  #changed(): ApiFailure {
    return new ApiFailure('version_changed', `somebody else has changed this ${this.#word}`);
  }

  async #apply(edit: (text: string) => string, by: By, note: string): Promise<void> {
    const { text, number } = this.#control.sources();
    const { author, secrets } = by;
    const before = by.number ?? number;
    await this.#control.apply(
      edit(text),
      before,
      { author, note: `${this.#word}: ${note}` },
      secrets,
    );
  }
}

const digest = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 16);
