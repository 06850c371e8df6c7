import type { DialectName } from './dialect-name.ts';
import type { ToldFailure } from './failure.ts';
import type { StreamReader } from './codec.ts';
import type { Form, JsonObject } from './intent.ts';
import type { Usage } from './usage.ts';
import type { StreamWatch } from './watch.ts';

/** What a caller asks a model API to do, whatever the dialect calls it. */
export type Operation =
  | 'chat'
  | 'completions'
  /** One vector, where the dialect has a way of its own to ask for one. */
  | 'embedding'
  | 'embeddings'
  | 'count-tokens'
  | 'models';

/**
 * How one dialect goes over HTTP: all the gateway must know of it when both ends speak it, and
 * bytes pass as they are.
 */
export interface Wire extends ProviderWire {
  /** Answers are streamed unless the request says `stream: false`. */
  readonly streamsUnlessTold?: true;
  /** Body of an HTTP error answer (application/json). */
  writeFailure(failure: ToldFailure): string;
  /** A header of an HTTP error answer, where clients look there for its kind. */
  failureHeader?(status: number): readonly [name: string, value: string];
  /** Frames that end a stream that had begun and failed. */
  writeStreamFailure(failure: ToldFailure, form?: Form): string | Buffer;
}

/** A wire as far as a provider's dialect needs it. */
export interface ProviderWire {
  /** Requests and answers are those of this dialect, byte for byte; only the wire is another. */
  readonly like?: DialectName;
  /** Operations in which it is not like `like` all the same. */
  readonly apart?: readonly Operation[];
  /** How requests and streams differ from those of `like` all the same. */
  readonly wrapping?: Wrapping;
  /**
   * Path and query of an operation, or undefined when the dialect has no such thing. `base` is the
   * path of the provider's base URL without a slash at its end; vendors' own clients disagree on
   * whether it holds the version, so both forms are taken.
   */
  path(base: string, operation: Operation, asked: AskedPath): string | undefined;
  /** The header that carries a credential, lower case, with its value. */
  credential(secret: string): readonly [name: string, value: string];
  /** Headers the vendor demands, given unless the caller sent its own. */
  readonly demanded: Readonly<Record<string, string>>;
  /** The model is named in the path, and not in the body. */
  readonly isModelInPath: boolean;
  /** A request that names the model within its body too, with another name. */
  withModelInBody?(body: Buffer, model: string): Buffer;
  /** Media types of a streamed answer, without parameters; the first is what we send. */
  readonly streamTypes: readonly [string, ...string[]];
  /** Offset after the last whole frame of a piece of a stream, or 0. */
  endOfLastFrame(bytes: Buffer): number;
  /** A watch for one streamed answer. */
  watch(): StreamWatch;
  /** Usage of a whole answer, or of its last few kilobytes. */
  usageOf(body: Buffer): Usage;
  /** The fields of a whole answer of which one is there, or it is none; absent where nobody looks. */
  readonly answers: Readonly<Partial<Record<Operation, readonly string[] | undefined>>>;
  /** An answer whose list has nothing in it is one all the same. */
  readonly mayBeEmpty?: true;
}

/** The little in which a reseller departs from the dialect it speaks. */
export interface Wrapping {
  /** A request of the dialect as the reseller takes it; `betas` are the values of `anthropic-beta`. */
  wrap(body: JsonObject, betas: readonly string[]): JsonObject;
  /** Reads a stream, and gives `onText` the bytes that the dialect itself has. */
  unwrap(onText: (text: Buffer) => void): StreamReader;
}

export interface AskedPath {
  /** The vendor's name of the model, not yet encoded. */
  readonly model: string;
  readonly streamed: boolean;
}

/** Whether a base URL's path ends in a version, like `/v1` or `/v1beta`. */
export const isVersioned = (base: string): boolean => /\/v\d+[a-z0-9]*$/.test(base);
