/** What a model answers, in nobody's dialect: whole, or as events of a stream. */
import type { Seal } from './intent.ts';
import type { TokenLogprob } from './logprobs.ts';
import type { Usage } from './usage.ts';
import { MALFORMED } from './watch.ts';

export interface Reply {
  readonly id: string | undefined;
  /** As the vendor names it. */
  readonly model: string | undefined;
  readonly choices: readonly Choice[];
  readonly usage: Usage;
}

export interface Choice {
  readonly blocks: readonly ReplyBlock[];
  readonly stop: Stop;
  /** Of its text, where the caller asked for them and the vendor has them. */
  readonly logprobs?: readonly TokenLogprob[] | undefined;
}

export type ReplyBlock =
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly citations?: readonly Citation[] | undefined;
      readonly seal?: Seal | undefined;
    }
  | { readonly kind: 'reasoning'; readonly text: string; readonly seal?: Seal | undefined }
  | { readonly kind: 'refusal'; readonly text: string }
  | {
      readonly kind: 'tool-call';
      /** Undefined where the vendor gives none. */
      readonly id: string | undefined;
      readonly name: string;
      /** JSON as it was written. */
      readonly arguments: string;
      readonly seal?: Seal | undefined;
    }
  /** Something only one dialect can say; its type is named in a warning. */
  | { readonly kind: 'foreign'; readonly type: string };

export interface Citation {
  readonly url: string | undefined;
  readonly title: string | undefined;
  /** What it quotes. */
  readonly quote: string | undefined;
}

/** Why a model stopped. What a vendor says and nobody knows is `other`, never `end`. */
export type StopReason =
  | 'end'
  | 'stop-sequence'
  | 'length'
  | 'context'
  | 'tool-call'
  | 'filtered'
  | 'bad-tool-call'
  | 'paused'
  | 'other';

export interface Stop {
  readonly reason: StopReason;
  /** In the vendor's word. */
  readonly raw: string | undefined;
  /** The stop sequence that was met, where the vendor tells. */
  readonly sequence?: string | undefined;
}

/**
 * One step of a stream. Blocks are told by a number that is unique within the stream; those of
 * one choice may overlap, as some vendors' do.
 */
export type StreamEvent =
  | { readonly type: 'start'; readonly id: string | undefined; readonly model: string | undefined }
  | BlockStart
  | { readonly type: 'delta'; readonly block: number; readonly text: string }
  /** What vouches for the block, or stands in its place; may come without text. */
  | { readonly type: 'seal'; readonly block: number; readonly seal: Seal }
  | { readonly type: 'citation'; readonly block: number; readonly citation: Citation }
  | { readonly type: 'block-end'; readonly block: number }
  /** Of what was just said. */
  | {
      readonly type: 'logprobs';
      readonly choice: number;
      readonly tokens: readonly TokenLogprob[];
    }
  /** Cumulative: a later one replaces what it knows of an earlier one. */
  | { readonly type: 'usage'; readonly usage: Usage }
  | { readonly type: 'stop'; readonly choice: number; readonly stop: Stop }
  | { readonly type: 'foreign'; readonly kind: string }
  | { readonly type: 'ping' }
  /** Something was too long to be read. */
  | { readonly type: 'gap' }
  /** The dialect's terminal event. A stream that ends without it is not whole. */
  | { readonly type: 'finish' }
  /** The vendor told an error inside its stream. */
  | { readonly type: 'failure'; readonly kind: string; readonly message: string };

export interface BlockStart {
  readonly type: 'block-start';
  readonly block: number;
  readonly choice: number;
  readonly kind: 'text' | 'reasoning' | 'refusal' | 'tool-call';
  /** Of a tool call. */
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  /** Of a tool call, whose maker seals it before its arguments. */
  readonly seal?: Seal | undefined;
}

/** A frame that is none. */
export const malformed: StreamEvent = {
  type: 'failure',
  kind: MALFORMED,
  message: 'a frame of the stream could not be read',
};
