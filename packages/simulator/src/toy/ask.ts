/** What a request asks of the toy, whatever dialect it was said in. */
export interface Ask {
  readonly model: string;
  /** The last thing the user said; empty when there was no text. */
  readonly userText: string;
  /** What tools answered, when theirs was the last word. */
  readonly toolResults: readonly string[];
  /** What came along with the last message: `image`, `file`, `audio`. */
  readonly attachments: readonly string[];
  /** The tools the toy may call; a vendor's own server-side tools are not among them. */
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  /** Whether several calls may come in one answer. */
  readonly parallelTools: boolean;
  /** Whether this dialect's models say a word before they call a tool of their own accord. */
  readonly speaksBeforeTools: boolean;
  readonly format: Format;
  readonly maxTokens: number | undefined;
  readonly stop: readonly string[];
  readonly reasoning: Reasoning;
  /** Tells otherwise equal requests apart: the request's own seed, and which of `n` answers. */
  readonly variation: string;
}

export interface Tool {
  readonly name: string;
  /** JSON Schema of the arguments; absent when the tool takes none. */
  readonly parameters: unknown;
}

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };

/** Free text, any JSON object, or JSON of a schema. */
export type Format = 'text' | 'json' | { readonly schema: unknown };

export type Reasoning = 'none' | 'low' | 'medium' | 'high';

export interface Answer {
  /** Empty when no reasoning was asked for. */
  readonly reasoning: string;
  /** Empty when there are calls and nothing was said before them. */
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly end: 'finished' | 'length' | 'stop-sequence' | 'tool-calls';
  /** The stop sequence the text ran into. */
  readonly stopSequence: string | undefined;
  readonly reasoningTokens: number;
  /** Everything that was generated, reasoning and arguments included. */
  readonly outputTokens: number;
}

export interface ToolCall {
  readonly name: string;
  readonly arguments: unknown;
}
