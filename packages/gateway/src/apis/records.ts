import { Readable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import { Failure } from '@vitalgate/contract';
import {
  convertStream,
  FormatError,
  isItemSource,
  isItemTarget,
  typeOfList,
  type FormatName,
  type ItemSource,
  type ItemTarget,
  type StreamOptions,
} from '@vitalgate/formats';

/** How the records of a body go from one format into another, as they come. */
export interface Conversion {
  readonly from: ItemSource;
  readonly to: ItemTarget;
  readonly options: StreamOptions;
}

/** Undefined where one of the formats cannot be read or written a record at a time. */
export function conversionBetween(
  from: FormatName,
  to: FormatName,
  contentType: string,
  options: StreamOptions,
): Conversion | undefined {
  // Letters of other charsets cannot be cut anywhere.
  if (/;\s*charset\s*=\s*"?(?!utf-8)/i.test(contentType)) return undefined;
  return isItemSource(from) && isItemTarget(to)
    ? { from, to, options: { contentType, ...options } }
    : undefined;
}

export const convertedType = ({ to }: Conversion): string => typeOfList(to);

/**
 * A caller's records on their way to an upstream, read no faster than that takes them. What cannot be
 * read ends it as broken, so that no upstream takes what was sent by then for all there is.
 */
export function convertedBody(
  body: Readable,
  { from, to, options }: Conversion,
  onUnreadable: (failure: Failure) => void,
): Readable {
  const told = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* convertStream(body, from, to, options);
    } catch (error) {
      if (error instanceof FormatError) {
        onUnreadable(new Failure('invalid_request', error.message, { cause: error }));
      }
      throw error;
    }
  };
  const converted = Readable.from(told(), { objectMode: false });
  // Whoever ended it knows why; unheard it would end the process.
  converted.on('error', () => undefined);
  converted.once('close', () => body.destroy());
  return converted;
}

interface Options {
  readonly conversion: Conversion;
  readonly response: ServerResponse;
  /** There is room for more of the upstream's answer. */
  readonly onRoom: () => void;
  /** The first record is about to leave, or the end. */
  readonly onBegin: () => void | Promise<void>;
  /** All of it was read; `response.end` is left to whoever is told. */
  readonly onWhole: () => void;
  /** It cannot be carried over. */
  readonly onFailed: (error: unknown) => void;
}

/** An upstream's records on their way to a caller, as fast as it reads. */
export class ConvertedAnswer {
  readonly #options: Options;
  readonly #source: Readable;
  #isOver = false;
  #hasBegun = false;
  #hasEnded = false;

  constructor(options: Options) {
    this.#options = options;
    this.#source = new Readable({ read: () => options.onRoom() });
    void this.#run();
  }

  /** False asks for a pause, until `onRoom`. */
  push(chunk: Buffer): boolean {
    return this.#source.push(chunk);
  }

  end(): void {
    this.#hasEnded = true;
    this.#source.push(null);
  }

  /** Nothing more of it is wanted, or will come. */
  destroy(): void {
    this.#isOver = true;
    this.#source.destroy();
  }

  async #run(): Promise<void> {
    const { conversion, response, onWhole, onFailed } = this.#options;
    const { from, to, options } = conversion;
    try {
      for await (const part of convertStream(this.#source, from, to, options)) {
        if (this.#isOver) return;
        await this.#begin();
        if (this.#isOver) return;
        // What is left of an answer that has ended is little, and its deadline is over.
        if (!response.write(part) && !this.#hasEnded) await drained(response);
      }
      if (this.#isOver) return;
      await this.#begin();
      if (!this.#isOver) onWhole();
    } catch (error) {
      if (!this.#isOver) onFailed(error);
    }
  }

  async #begin(): Promise<void> {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    await this.#options.onBegin();
  }
}

function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const over = (): void => {
    response.off('drain', over).off('close', over);
    resolve();
  };
  response.on('drain', over).on('close', over);
  return promise;
}
