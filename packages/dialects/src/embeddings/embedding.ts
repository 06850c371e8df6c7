import type { Speaker } from '../codec.ts';
import type { DialectName } from '../dialect-name.ts';
import type { Extra } from '../intent.ts';
import type { Losses } from '../losses.ts';
import type { Usage } from '../usage.ts';

/** Texts that are to become vectors, in nobody's dialect; see `Intent` for paths and extras. */
export interface EmbeddingIntent {
  readonly from: DialectName;
  readonly model: string;
  /** Never empty. */
  readonly inputs: readonly EmbeddingInput[];
  readonly params: EmbeddingParams;
  /** Where the caller said each of `params`. */
  readonly paths: Readonly<Partial<Record<keyof EmbeddingParams, string>>>;
  readonly extras: readonly Extra[];
  /** Vectors as base64 of 32-bit floats, little-endian, where the dialect has that. */
  readonly isBase64: boolean;
  /** One vector is asked for, in the form the dialect has for one. */
  readonly isOne: boolean;
  /** Asked by one of Mistral's own clients. */
  readonly isMistral: boolean;
}

export interface EmbeddingInput {
  readonly path: string;
  readonly text: string;
}

/** Everything that tunes a vector; undefined means that the vendor decides. */
export interface EmbeddingParams {
  readonly dimensions?: number | undefined;
  readonly purpose?: Purpose | undefined;
  /** Of the document a text is from. */
  readonly title?: string | undefined;
  /** Whether a text that is too long is cut, or refused. */
  readonly truncate?: boolean | undefined;
  /** An opaque id of the end user. */
  readonly user?: string | undefined;
}

/** What a vector is for: models tell a question from the text that answers it. */
export type Purpose =
  | 'query'
  | 'document'
  | 'similarity'
  | 'classification'
  | 'clustering'
  | 'question'
  | 'fact'
  | 'code-query';

export interface EmbeddingReply {
  /** One for each input, in their order. */
  readonly vectors: readonly (readonly number[])[];
  readonly usage: Usage;
}

/** The half of a caller's dialect that is about embeddings. */
export interface EmbeddingCaller {
  /** @throws {RequestError} when the caller's request cannot be understood */
  read(asked: AskedEmbedding): EmbeddingIntent;
  write(reply: EmbeddingReply, intent: EmbeddingIntent, as: EmbeddingSpeaker): object;
}

/** `model` is what the path says, where the dialect says it there. */
export interface AskedEmbedding {
  readonly body: unknown;
  readonly model: string | undefined;
  readonly isOne: boolean;
  /** Asked by one of Mistral's own clients. */
  readonly isMistral: boolean;
}

export type EmbeddingSpeaker = Pick<Speaker, 'model' | 'id'>;

/** The half of a provider's dialect that is about embeddings. */
export interface EmbeddingProvider {
  /**
   * What has no place in this dialect is told to `losses`, all of it.
   *
   * @throws {RequestError} when it asks for what this provider cannot give at all
   */
  write(intent: EmbeddingIntent, model: string, losses: Losses): object;
  /** @throws {AnswerError} when this is no answer of this dialect */
  read(answer: unknown): EmbeddingReply;
}
