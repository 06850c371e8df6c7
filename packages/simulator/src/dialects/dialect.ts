import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { JsonObject } from '../json.ts';
import type { PromptMemory } from '../toy/memory.ts';
import type { Random } from '../toy/random.ts';
import type { StoredResponses } from '../toy/stored-responses.ts';

/**
 * One vendor's way of saying things. A folder per dialect, with the same files in each: `dialect`
 * (what it serves), `request` (body to ask), `answer` (answer to body), `stream` (answer to
 * frames), `failure` (errors and headers), `models`. A new dialect is such a folder and one line
 * in `table.ts`.
 */
export interface Dialect {
  readonly name: DialectName;
  readonly operations: readonly Operation[];
  /** Whether headers speak for this dialect where several share a path. */
  claims(headers: IncomingHttpHeaders): boolean;
  /** The headers every answer of this vendor carries, successful or not. */
  headers(occasion: Occasion): OutgoingHttpHeaders;
  /** A failure as this vendor tells it. */
  failure(failure: Failure, occasion: Occasion): FailureAnswer;
  /** What this vendor sends inside a stream that fails after its 200. */
  readonly streamFailure: string | Uint8Array;
  /** Something in the place of a frame that is none. */
  readonly malformedFrame: string | Uint8Array;
  /** What this vendor says to a request it never looks into. */
  turnedAway(reason: Reason, method: string, path: string): Failure;
}

export type Reason =
  | 'unknown-path'
  | 'other-method'
  | 'no-json'
  | 'too-large'
  | 'no-key'
  | 'wrong-key';

export type DialectName =
  | 'openai'
  | 'openai-responses'
  | 'anthropic'
  | 'gemini'
  | 'mistral'
  | 'cohere'
  | 'ollama'
  | 'bedrock'
  | 'azure-openai'
  | 'vertex-anthropic';

export interface Operation {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Matched against the whole path; its first group, where it has one, names a model or a response. */
  readonly path: RegExp;
  /**
   * What the vendor answers.
   *
   * @throws {Refusal} when the vendor would refuse the request
   */
  answer(call: Call, house: House): Reply;
  /** Whether a body asks for a stream, where that is not said by `stream: true`. */
  streams?(body: JsonObject): boolean;
}

/** One request that is to be answered. */
export interface Call {
  /** Empty for a GET. */
  readonly body: JsonObject;
  /** The model, or the response, in the path. */
  readonly named: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** What stood behind the path's question mark. */
  readonly query?: string;
  /** For identifiers, which differ from answer to answer. */
  readonly ids: Random;
  /** Wall-clock milliseconds. */
  readonly wall: number;
  /** How large the text is to be, when a fault asks for it. */
  readonly hugeBytes: number | undefined;
}

/** What all requests to one simulator share. */
export interface House {
  readonly seed: string;
  readonly models: readonly string[];
  readonly memory: PromptMemory;
  readonly stored: StoredResponses;
}

export type Reply = WholeReply | StreamReply;

export interface WholeReply {
  readonly kind: 'whole';
  /** JSON. */
  readonly body: string;
  /** How many tokens were generated, for the pace. */
  readonly tokens: number;
}

export interface StreamReply {
  readonly kind: 'stream';
  readonly contentType: string;
  readonly frames: Iterable<Frame>;
  /** Where the dialect's own two words for it do not fit this stream. */
  readonly broken?: BrokenStream;
}

/** How a stream breaks whose frames are numbered or framed otherwise than the dialect's others. */
export interface BrokenStream {
  /** In the place of `streamFailure`, after so many frames. */
  failure(sent: number): string | Uint8Array;
  /** In the place of `malformedFrame`. */
  readonly malformed: string | Uint8Array;
}

export interface Frame {
  readonly data: string | Uint8Array;
  /** How many tokens it brings; 0 for what only frames them. */
  readonly tokens: number;
}

export interface Occasion {
  readonly requestId: string;
  readonly wall: number;
  /** The model asked for, where it could be read. */
  readonly model: string | undefined;
}

export interface Failure {
  /** 400 to 599. */
  readonly status: number;
  /** The vendor's own word for it, in its code or type field, in place of the usual one. */
  readonly code?: string | null;
  readonly message?: string;
  /** The parameter at fault, where the vendor tells it. */
  readonly param?: string | null;
  /** Seconds until another try is welcome; told only when present. */
  readonly retryAfter?: number;
}

export interface FailureAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

/** Thrown while a request is read, to be told in the vendor's own form. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}
