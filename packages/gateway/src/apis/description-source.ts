import { readFileSync } from 'node:fs';
import { StartFailure, type ApiConfig } from '@vitalgate/contract';
import type { Cancel, Clock } from '@vitalgate/health';
import type { Log } from '../observe/log.ts';
import { madeBeside } from '../one-off-thread.ts';
import { siblingModule } from '../sibling-module.ts';
import type { Turns } from '../turns.ts';
import { ask } from '../upstream/ask.ts';
import type { Deadlines } from '../upstream/deadlines.ts';
import { Door } from '../upstream/door.ts';
import { Description, type BrokenOperation } from './openapi.ts';

/** Where something is kept over restarts. */
export interface Keeper {
  read(name: string): Promise<unknown>;
  write(name: string, value: unknown): Promise<void>;
}

interface Parts {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  readonly keeper: Keeper;
  /** Descriptions are looked through one after the other. */
  readonly descriptionTurns: Turns;
}

export const isAddress = (document: string): boolean => /^https?:\/\//i.test(document);

const FETCH_MS = 5000;
const MOST_BYTES = 10 * 1024 * 1024;
/** Whether it is time is looked at each second; what could not be had is asked for again after ten. */
const LOOK_MS = 1000;
const RETRY_MS = 10_000;

/** Where the description of an API comes from: a file, read once, or an address that is asked again. */
export class DescriptionSource {
  /** Undefined before it could be fetched for the first time. */
  current: Description | undefined;
  /** Operations of it that cannot be checked, once all have been looked through. */
  broken: readonly BrokenOperation[] = [];
  readonly #api: string;
  readonly #url: URL | undefined;
  readonly #refreshMs: number;
  readonly #door: Door | undefined;
  readonly #parts: Parts;
  #text = '';
  /** The text that `broken` is about. */
  #lookedThrough = '';
  #etag: string | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** The last try got none. */
  #isMissed = false;
  #stop: Cancel = () => {};
  readonly #closing = new AbortController();

  /** @throws {StartFailure} `invalid_config` for a file that is not there, or describes nothing */
  constructor(
    api: string,
    { document, refresh }: NonNullable<ApiConfig['openapi']>,
    mayBePrivate: boolean,
    parts: Parts,
  ) {
    this.#api = api;
    this.#refreshMs = refresh;
    this.#parts = parts;
    if (isAddress(document)) {
      this.#url = new URL(document);
      this.#door = new Door({ origin: this.#url, mayBePrivate });
      return;
    }
    try {
      this.#text = readFileSync(document, 'utf8');
      this.current = Description.read(this.#text);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new StartFailure('invalid_config', `apis ${api} openapi.document: ${why}`, error);
    }
  }

  /** Resolves after the first try; what was kept from before serves until it succeeds. */
  async start(): Promise<void> {
    const { keeper, clock } = this.#parts;
    void this.#lookThrough();
    if (this.#url === undefined) return;
    const kept = await keeper.read(this.#keptAs).catch(() => undefined);
    if (typeof kept === 'string') await this.#take(kept);
    await this.#fetch();
    this.#stop = clock.every(LOOK_MS, () => {
      const everyMs = this.#isMissed ? Math.min(RETRY_MS, this.#refreshMs) : this.#refreshMs;
      if (clock.now() - this.#askedAt >= everyMs) void this.#fetch();
    });
  }

  /** What the configuration before had from the same place serves until it is asked for anew. */
  inherit(before: DescriptionSource): void {
    if (this.#url !== undefined && before.#url?.href === this.#url.href) {
      this.current = before.current;
      this.#text = before.#text;
      this.#etag = before.#etag;
    }
    if (before.#lookedThrough !== this.#text) return;
    this.#lookedThrough = before.#lookedThrough;
    this.broken = before.broken;
  }

  close(): void {
    this.#closing.abort();
    this.#stop();
    this.#door?.close();
  }

  get #keptAs(): string {
    return `openapi ${this.#url?.href}`;
  }

  async #fetch(): Promise<void> {
    const { clock, log, keeper } = this.#parts;
    const { pathname, search } = this.#url ?? new URL('http://nowhere');
    if (this.#door === undefined) return;
    this.#askedAt = clock.now();
    const accept = ['accept', 'application/json, application/yaml, text/yaml'];
    const known = this.#etag === undefined ? [] : ['if-none-match', this.#etag];
    const headers = [...accept, 'accept-encoding', 'identity', ...known];
    const path = pathname + search;
    const question = { path, headers, timeoutMs: FETCH_MS, maxBytes: MOST_BYTES };
    const got = await ask(this.#door, question, this.#parts);
    if ('status' in got && got.status === 304) return;
    const why =
      'status' in got ? (got.status === 200 ? undefined : `http_${got.status}`) : got.reason;
    this.#isMissed = why !== undefined;
    if (why !== undefined || !('status' in got)) {
      log.warn({ api: this.#api, reason: why }, 'the description of an API could not be fetched');
      return;
    }
    const text = got.body.toString();
    if (!(await this.#take(text))) return;
    this.#etag = got.headers['etag'];
    await keeper
      .write(this.#keptAs, text)
      .catch((error: unknown) =>
        log.warn({ err: error, api: this.#api }, 'a description was not kept'),
      );
  }

  /** False for what describes nothing: the one before stays. */
  async #take(text: string): Promise<boolean> {
    if (text === this.#text) return true;
    try {
      this.current = await Description.readBeside(text);
      this.#text = text;
      void this.#lookThrough();
      return true;
    } catch (error) {
      this.#parts.log.error({ err: error, api: this.#api }, 'the description of an API is none');
      return false;
    }
  }

  /**
   * Schemas are compiled when they are first asked for. That one of them cannot be used is to be known before
   * somebody calls, so all are compiled once, on a thread that is given up afterwards.
   */
  async #lookThrough(): Promise<void> {
    const text = this.#text;
    const { signal } = this.#closing;
    const { log, descriptionTurns } = this.#parts;
    const over = await descriptionTurns.take();
    try {
      if (signal.aborted || text === this.#lookedThrough || text !== this.#text) return;
      const worker = siblingModule('description-worker', import.meta.url);
      this.broken = (await madeBeside(worker, text, signal)) as BrokenOperation[];
      this.#lookedThrough = text;
      if (this.broken.length === 0) return;
      log.error(
        { api: this.#api, broken: this.broken },
        'schemas in the description of an API cannot be used',
      );
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error, api: this.#api }, 'the description of an API was not looked through');
    } finally {
      over();
    }
  }
}
