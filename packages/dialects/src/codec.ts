import type { CallerForm, Form, Intent } from './intent.ts';
import type { Losses } from './losses.ts';
import type { Profile } from './profile.ts';
import type { Reply, StreamEvent } from './reply.ts';

export type { DialectName, ProviderDialect } from './dialect-name.ts';

/**
 * One dialect, both ways. Pure: no input or output, no clock, no randomness. A new dialect is a
 * folder that makes one of these, and a line in `codecs.ts`.
 */
export interface Codec extends CallerCodec, ProviderCodec {}

/** The half of a codec that a caller's dialect needs. */
export interface CallerCodec {
  /** @throws {RequestError} when the caller's request cannot be understood */
  readRequest(asked: Asked): Intent;
  /** The body of a whole answer, JSON. */
  writeReply(reply: Reply, as: Speaker): string;
  writeStream(as: Speaker): StreamWriter;
}

/** The half of a codec that a provider's dialect needs. */
export interface ProviderCodec {
  /** What has no place in this dialect is told to `losses`, all of it. */
  writeRequest(intent: Intent, to: Addressee, losses: Losses): WrittenRequest;
  /**
   * `origin` is who answers, `dialect/provider`.
   *
   * @throws {AnswerError} when this is no answer of this dialect
   */
  readReply(text: string, origin: string): Reply;
  readStream(origin: string): StreamReader;
  /** What a tool may be called; others are renamed on the way and back. */
  readonly toolName: RegExp;
}

/** A caller's request. */
export interface Asked {
  /** Parsed by `parseJson`. */
  readonly body: unknown;
  /** What the path says where the dialect says it there. */
  readonly model?: string | undefined;
  readonly stream?: boolean | undefined;
  /** How it wants its answer, where its dialect has more than one way. */
  readonly form?: CallerForm | undefined;
}

/** Who a request is written for. */
export interface Addressee {
  /** The vendor's name of the model. */
  readonly model: string;
  /** `dialect/provider`: seals made there may return there. */
  readonly origin: string;
  readonly profile: Profile;
  /** Chat Completions there knows no `stream_options`, and so tells no usage of a stream. */
  readonly refusesStreamOptions?: boolean;
  /** The values of `anthropic-beta`, of a caller of Messages. */
  readonly betas?: readonly string[];
}

export interface WrittenRequest {
  /** JSON. */
  readonly body: string;
}

/** Who an answer is written for. */
export interface Speaker {
  /** The model as the caller asked for it. */
  readonly model: string;
  /** Unique; ids that the vendor did not give are made from it. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** See `Intent.form`. */
  readonly form?: Form | undefined;
  /** See `Intent.showUsage`. */
  readonly showUsage: boolean;
  /** Takes what the caller's dialect cannot say. */
  readonly losses: Losses;
}

/** Reads a streamed answer, wherever its bytes are cut; keeps only what is unfinished. */
export interface StreamReader {
  /** Events of the provider's own so far, whether or not they say anything in our words. */
  readonly frames: number;
  push(chunk: Buffer): readonly StreamEvent[];
  /** To be called at the end of the body. */
  end(): readonly StreamEvent[];
}

/** Writes a streamed answer. */
export interface StreamWriter {
  /** Its dialect says all of an answer once more at the end, so that all of it is kept. */
  readonly keepsAll?: true;
  /** The frames of one event; may be empty. */
  write(event: StreamEvent): string | Buffer;
}
