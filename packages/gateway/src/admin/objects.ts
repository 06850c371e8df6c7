import { createHash } from 'node:crypto';
import { ApiFailure } from '@vitalgate/contract/api';
import { findItem, putItem, removeItem } from '../config/document.ts';
import type { ConsoleSection } from '../config/merge.ts';
import type { ConfigControl } from './config-control.ts';

export type Item = Readonly<Record<string, unknown>>;

interface By {
  readonly author: string;
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
    if (version !== undefined && version !== this.versionOf(name)) {
      throw new ApiFailure('version_changed', `somebody else has changed this ${this.#word}`);
    }
    return item;
  }

  /** Changes when the object does. */
  versionOf(name: string): string {
    const item = this.find(name);
    if (item === undefined) return 'file';
    return createHash('sha256').update(JSON.stringify(item)).digest('base64url').slice(0, 16);
  }

  /** @throws {ApiFailure} `already_exists` or what `ConfigControl.apply` throws */
  async add(item: Item & { readonly name: string }, by: By): Promise<void> {
    if (this.isInFile(item.name) || this.find(item.name) !== undefined) {
      throw new ApiFailure('already_exists', `there is a ${this.#word} "${item.name}" already`);
    }
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

  /** Makes it, or takes the place of the one of its name. */
  async put(item: Item & { readonly name: string }, by: By): Promise<void> {
    const { name } = item;
    if (this.isInFile(name) || this.find(name) !== undefined) {
      return this.change(name, undefined, () => item, by);
    }
    return this.add(item, by);
  }

  /** @throws {ApiFailure} `not_found`, `managed_by_file`, or as `apply` */
  async remove(name: string, by: By): Promise<void> {
    this.own(name);
    await this.#apply((text) => removeItem(text, this.#section, name), by, `removes ${name}`);
  }

  async #apply(edit: (text: string) => string, { author }: By, note: string): Promise<void> {
    const { text, number } = this.#control.sources();
    await this.#control.apply(edit(text), number, { author, note: `${this.#word}: ${note}` });
  }
}
