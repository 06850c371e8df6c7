import { StartFailure, type Config } from '@vitalgate/contract';
import { ApiFailure } from '@vitalgate/contract/api';
import type { ConfigControl } from '../admin/config-control.ts';
import { newestConfiguration, saveConfiguration } from '../store/configurations.ts';
import type { Store } from '../store/database.ts';
import type { SecretChanges, SecretStore } from '../store/secrets.ts';
import { literalSecrets } from './document.ts';
import { invalid } from './invalid.ts';
import type { Environment } from './interpolate.ts';
import { describeMistakes, type ParsedSource } from './load.ts';
import { mergeConfig, parseConsole, parseFile, type SourcedMistake } from './merge.ts';
import { readText } from './read.ts';

interface SourcesOptions {
  readonly configFile: string | undefined;
  readonly environment: Environment;
  readonly store: Store;
  readonly secrets: SecretStore;
  readonly wall: () => number;
  /** Puts a configuration in use. */
  readonly take: (config: Config) => Promise<void>;
  readonly waits: () => readonly string[];
}

type Merged = { readonly config: Config } | { readonly mistakes: SourcedMistake[] };

/** The two that a configuration is made of: the file, and what was made in the console. */
export class ConfigSources implements ConfigControl {
  readonly #options: SourcesOptions;
  #file: { readonly text: string; readonly parsed: ParsedSource };
  #number = 0;
  #text = '';
  /** Changes come one after another. */
  #last: Promise<unknown> = Promise.resolve();
  readonly waits: () => readonly string[];
  /** What the console's document refers to. */
  readonly secrets: SecretStore;

  private constructor(options: SourcesOptions, text: string) {
    this.#options = options;
    this.secrets = options.secrets;
    this.waits = options.waits;
    this.#file = { text, parsed: parseFile(text, options.environment) };
  }

  /** Reads both; neither is in use yet. */
  static async read(options: SourcesOptions): Promise<ConfigSources> {
    const sources = new ConfigSources(options, await readText(options.configFile));
    await sources.#readStore();
    return sources;
  }

  /**
   * The configuration to start with. A document of the console that does not go with the file is
   * left out and told as a problem: what was made there must not keep the gateway from starting.
   *
   * @throws {StartFailure} `invalid_config` for mistakes of the file
   */
  async first(): Promise<{ config: Config; problem: string | undefined }> {
    const merged = await this.#merge(this.#text);
    if ('config' in merged) return { config: merged.config, problem: undefined };
    const alone = await this.#merge('');
    if ('config' in alone)
      return { config: alone.config, problem: this.#describe(merged.mistakes) };
    throw new StartFailure('invalid_config', this.#describe(alone.mistakes));
  }

  /** Number of the console's document in use. */
  get number(): number {
    return this.#number;
  }

  /**
   * Reads both anew and puts them in use.
   *
   * @throws {StartFailure} where it cannot be used; whatever is thrown, what was in use stays in use
   */
  reload(): Promise<void> {
    return this.#inTurn(async () => {
      const before = { file: this.#file, number: this.#number, text: this.#text };
      const text = await readText(this.#options.configFile);
      this.#file = { text, parsed: parseFile(text, this.#options.environment) };
      try {
        await this.#readStore();
        const merged = await this.#merge(this.#text);
        if ('mistakes' in merged) {
          throw new StartFailure('invalid_config', this.#describe(merged.mistakes));
        }
        await this.#options.take(merged.config);
      } catch (error) {
        this.#file = before.file;
        this.#number = before.number;
        this.#text = before.text;
        throw error;
      }
    });
  }

  readonly sources = (): ReturnType<ConfigControl['sources']> => {
    const { configFile: path } = this.#options;
    const file = path === undefined ? undefined : { path, text: this.#file.text };
    return { number: this.#number, text: this.#text, file };
  };

  readonly fileNames = (section: string): ReadonlySet<string> => {
    const items = this.#file.parsed.input?.[section];
    const list = (Array.isArray(items) ? items : []) as { readonly name?: unknown }[];
    return new Set(list.map(({ name }) => String(name)));
  };

  readonly check = async (text: string): Promise<readonly SourcedMistake[]> => {
    const merged = await this.#merge(text);
    return 'mistakes' in merged ? merged.mistakes : [];
  };

  readonly apply: ConfigControl['apply'] = (text, before, by, secrets = new Map()) =>
    this.#inTurn(async () => {
      if (before !== this.#number) {
        throw new ApiFailure('version_changed', 'somebody else has changed it meanwhile');
      }
      const merged = await this.#merge(text, secrets);
      if ('mistakes' in merged) throw invalid(merged.mistakes);
      const { store, wall, take } = this.#options;
      const secretsBefore = await this.#secretsNow(secrets);
      await saveConfiguration(store, before, { text, ...by, at: wall() }, (transaction) =>
        this.secrets.change(secrets, transaction),
      );
      const was = this.#text;
      this.#number = before + 1;
      this.#text = text;
      try {
        await take(merged.config);
      } catch (error) {
        // It would keep every later change from being taken up, and the next start from starting.
        const back = { text: was, author: by.author, note: 'taken back: it could not be used' };
        this.#number = before;
        this.#text = was;
        await saveConfiguration(store, before + 1, { ...back, at: wall() }, (transaction) =>
          this.secrets.change(secretsBefore, transaction),
        );
        this.#number = before + 2;
        if (!(error instanceof StartFailure)) throw error;
        throw invalid([{ line: 1, column: 1, message: error.message, source: 'console' }]);
      }
    });

  async #secretsNow(changes: SecretChanges): Promise<SecretChanges> {
    const now = new Map<string, string | undefined>();
    for (const name of changes.keys()) now.set(name, await this.secrets.read(name));
    return now;
  }

  async #merge(text: string, changes: SecretChanges = new Map()): Promise<Merged> {
    const secrets = await this.secrets.forConfiguration();
    for (const [name, value] of changes) {
      if (value === undefined) secrets.delete(name);
      else secrets.set(name, value);
    }
    const parsed = parseConsole(text, secrets);
    const literal = literalSecrets(text).map((place) => ({
      ...place,
      message: 'found a secret written out; write it as a credential, and refer to it from here',
    }));
    const made = { ...parsed, mistakes: [...parsed.mistakes, ...literal] };
    return mergeConfig(this.#file.parsed, made);
  }

  async #readStore(): Promise<void> {
    const { number, text } = await newestConfiguration(this.#options.store);
    this.#number = number;
    this.#text = text;
  }

  #describe(mistakes: readonly SourcedMistake[]): string {
    const file = this.#options.configFile ?? 'the embedded default';
    const of = (source: SourcedMistake['source']) =>
      mistakes.filter((one) => one.source === source);
    return [
      describeMistakes(file, of('file')),
      describeMistakes('made in the console', of('console')),
    ]
      .filter((lines) => lines !== '')
      .join('\n');
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined);
    return next;
  }
}
