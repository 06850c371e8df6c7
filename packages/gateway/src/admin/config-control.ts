import type { SourcedMistake } from '../config/merge.ts';
import type { SecretChanges } from '../store/secrets.ts';

/** What of the configuration comes from where. */
export interface ConfigSources {
  /** Of the console's document; 0 before there was one. */
  readonly number: number;
  readonly text: string;
  /** Undefined where the embedded default runs. */
  readonly file: { readonly path: string; readonly text: string } | undefined;
}

/** The one way by which the console changes the configuration: whole, or not at all. */
export interface ConfigControl {
  readonly sources: () => ConfigSources;
  /** Names in a section of the file, or of the embedded default. */
  readonly fileNames: (section: string) => ReadonlySet<string>;
  /** Sections whose change waits for a restart. */
  readonly waits: () => readonly string[];
  /** Every mistake there would be with this document. */
  readonly check: (text: string) => Promise<readonly SourcedMistake[]>;
  /**
   * Takes up a document in the place of number `before`, and what is changed of secrets with it; it
   * is in use when this resolves.
   *
   * @throws {ApiFailure} `invalid_configuration` or `version_changed`; nothing was changed then.
   */
  readonly apply: (
    text: string,
    before: number,
    by: { readonly author: string; readonly note: string | null },
    secrets?: SecretChanges,
  ) => Promise<void>;
}
