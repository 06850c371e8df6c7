/**
 * What a caller asks of a chat model, in nobody's dialect. Every codec reads its requests into
 * this and writes its requests from it, so that a dialect is written once and not once per pair.
 *
 * `path` is where the caller said it, in the caller's own words (`messages[2].content[0]`), for
 * warnings and errors that a reader can act upon.
 */
import type { DialectName } from './dialect-name.ts';

export interface Intent {
  /** The dialect it was asked in. */
  readonly from: DialectName;
  readonly model: string;
  readonly stream: boolean;
  /** How the caller wants its answer, where its dialect has more than one way. */
  readonly form?: Form | undefined;
  /** The caller wants usage in its stream, where its dialect lets it choose. */
  readonly showUsage: boolean;
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | undefined;
  readonly format: OutputFormat | undefined;
  readonly params: Params;
  /** Where the caller said each of `params`. */
  readonly paths: Readonly<Partial<Record<keyof Params, string>>>;
  /** Fields that have no neutral meaning: only an upstream of the same dialect gets them. */
  readonly extras: readonly Extra[];
}

/** How a caller wants its answer: Gemini's stream as one array, Chat Completions as Mistral has them. */
export type CallerForm = 'array' | 'mistral';

/** The same, and answers to a bare prompt, Ollama's and OpenAI's. */
export type Form = CallerForm | 'generate' | 'completions';

export interface Extra {
  readonly path: string;
  readonly value: unknown;
  /** What is expected there by a provider of another dialect, if without it something else is asked. */
  readonly needed?: string | undefined;
}

/** `system` may stand anywhere; a result of a tool is a block of a `user` turn. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly blocks: readonly Block[];
  readonly path: string;
}

export type Block =
  | TextBlock
  | ImageBlock
  | AudioBlock
  | FileBlock
  | ToolCallBlock
  | ToolResultBlock
  | ReasoningBlock
  | RefusalBlock
  | ForeignBlock;

interface Said {
  readonly path: string;
  /** A hint that all up to here is worth caching. */
  readonly cache?: CacheHint | undefined;
  /** What only its maker can read, and wants back unchanged. */
  readonly seal?: Seal | undefined;
}

export interface TextBlock extends Said {
  readonly kind: 'text';
  readonly text: string;
}

export interface ImageBlock extends Said {
  readonly kind: 'image';
  readonly source: Source;
  /** OpenAI's `detail`. */
  readonly detail?: string | undefined;
}

export interface AudioBlock extends Said {
  readonly kind: 'audio';
  readonly source: Source;
}

export interface FileBlock extends Said {
  readonly kind: 'file';
  readonly source: Source;
  readonly name?: string | undefined;
}

export interface ToolCallBlock extends Said {
  readonly kind: 'tool-call';
  readonly id: string;
  readonly name: string;
  /** JSON as it was written, so that no digit is lost; may be no JSON at all. */
  readonly arguments: string;
}

export interface ToolResultBlock extends Said {
  readonly kind: 'tool-result';
  /** Of the call it answers. */
  readonly id: string;
  /** Of the tool; found from the call where the dialect does not repeat it. */
  readonly name: string | undefined;
  readonly content: readonly (TextBlock | ImageBlock | FileBlock)[];
  readonly isError: boolean;
}

export interface ReasoningBlock extends Said {
  readonly kind: 'reasoning';
  /** Empty when only its maker can read it. */
  readonly text: string;
}

export interface RefusalBlock extends Said {
  readonly kind: 'refusal';
  readonly text: string;
}

/** Something only one dialect has (a server tool's result, say): carried to that dialect alone. */
export interface ForeignBlock extends Said {
  readonly kind: 'foreign';
  readonly dialect: DialectName;
  /** The dialect's own name for it. */
  readonly type: string;
  readonly value: unknown;
}

export type Source =
  | { readonly type: 'data'; readonly mediaType: string; /** Base64. */ readonly data: string }
  | { readonly type: 'url'; readonly url: string; readonly mediaType?: string | undefined }
  | { readonly type: 'text'; readonly text: string }
  /** Something the caller stored at one vendor. */
  | { readonly type: 'stored'; readonly dialect: DialectName; readonly id: string };

export interface CacheHint {
  /** As Anthropic spells it: `5m` or `1h`. */
  readonly ttl: string | undefined;
}

/** Signed or encrypted by a vendor, to be given back to that vendor and to nobody else. */
export interface Seal {
  /** Dialect and, where known, provider that made it: `anthropic` or `anthropic/claude`. */
  readonly origin: string;
  readonly data: string;
  /** It stands for content that was withheld, rather than vouching for what is there. */
  readonly isContent?: boolean | undefined;
  /** The vendor's id for the item it belongs to, where the two only work together. */
  readonly id?: string | undefined;
}

export type Tool = FunctionTool | ForeignTool;

export interface FunctionTool {
  readonly kind: 'function';
  readonly name: string;
  readonly description: string | undefined;
  /** JSON schema of the arguments; undefined when it takes none. */
  readonly schema: JsonObject | undefined;
  readonly strict: boolean | undefined;
  readonly cache?: CacheHint | undefined;
  readonly path: string;
}

/** A tool that runs at the vendor. */
export interface ForeignTool {
  readonly kind: 'foreign';
  readonly dialect: DialectName;
  readonly type: string;
  readonly value: unknown;
  readonly path: string;
}

export interface ToolChoice {
  readonly type: 'auto' | 'required' | 'none' | 'tool';
  /** Of the one tool that must be called. */
  readonly name?: string | undefined;
  readonly path: string;
}

export interface OutputFormat {
  readonly type: 'json' | 'schema';
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Set when `type` is `schema`. */
  readonly schema?: JsonObject | undefined;
  readonly strict?: boolean | undefined;
  readonly path: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Everything that tunes an answer; undefined means that the vendor decides. */
export interface Params {
  readonly maxTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly seed?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly presencePenalty?: number | undefined;
  /** How many answers. */
  readonly n?: number | undefined;
  readonly logprobs?: boolean | undefined;
  readonly topLogprobs?: number | undefined;
  readonly logitBias?: JsonObject | undefined;
  /** An opaque id of the end user. */
  readonly user?: string | undefined;
  readonly serviceTier?: string | undefined;
  readonly verbosity?: string | undefined;
  readonly cacheKey?: string | undefined;
  readonly metadata?: JsonObject | undefined;
  readonly store?: boolean | undefined;
  readonly parallelTools?: boolean | undefined;
  readonly reasoning?: Reasoning | undefined;
}

export interface Reasoning {
  /** `none` turns it off. */
  readonly effort?: Effort | undefined;
  /** Tokens; -1 leaves it to the model. */
  readonly budget?: number | undefined;
  /** Whether the caller wants to read it. */
  readonly show?: boolean | undefined;
}

export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';
