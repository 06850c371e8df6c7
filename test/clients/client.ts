/** One vendor's SDK as a caller, so that all can be asked the same. */
export interface Client {
  /** The SDK's name, and the API of it that is used. */
  readonly name: string;
  /** The dialect it speaks, as a configuration names it. */
  readonly dialect: string;
  /** Asks a gateway at `url`. Throws what the SDK throws. */
  ask(url: string, key: string, ask: Ask): Promise<Told>;
  /** Whether an error is one of the SDK's own classes for an error answer. */
  readonly isOwnError: (error: unknown) => boolean;
  /** What the SDK, or its dialect, cannot ask for at all, with the reason. */
  readonly cannot: Readonly<Partial<Record<Feature, string>>>;
}

export const features = [
  'text',
  'streamed',
  'tools',
  'parallel tools streamed',
  'structured output',
  'image',
  'reasoning',
  'error',
] as const;

export type Feature = (typeof features)[number];

export interface Ask {
  readonly model: string;
  readonly prompt: string;
  readonly streamed?: boolean;
  readonly tools?: readonly Tool[];
  /** JSON schema of the answer. */
  readonly schema?: object;
  /** A PNG, base64. */
  readonly image?: string;
  readonly reasoning?: boolean;
  /** The conversation goes on: what the model said, and what its tools gave. */
  readonly after?: { readonly turn: unknown; readonly results: readonly Result[] };
}

export interface Tool {
  readonly name: string;
  /** JSON schema of its arguments. */
  readonly schema: { readonly type: 'object'; readonly [keyword: string]: unknown };
}

export interface Result {
  readonly call: Call;
  readonly text: string;
}

export interface Call {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

export interface Told {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly Call[];
  /** In the SDK's own word. */
  readonly stop: string;
  readonly input: number | undefined;
  readonly output: number | undefined;
  /** What the model said, in the SDK's own form, to be given back as it is. */
  readonly turn: unknown;
}
