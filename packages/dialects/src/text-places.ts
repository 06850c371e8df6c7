import type { DialectName } from './dialect-name.ts';

/** A container of a JSON text, as far as its strings need it to be understood. */
export interface Place {
  readonly parent: Place | undefined;
  /** Name it stands under; elements of an array stand under the array's. */
  readonly key: string;
  readonly isArray: boolean;
  /** Everything in it is the caller's or the model's own: arguments, schemas, metadata. */
  readonly isFree: boolean;
  /** Number in an array, for paths. */
  readonly at: number | undefined;
  /** What its fields `index` say, which tells one block of a stream from another. */
  index: string;
}

/** Where a dialect keeps its text. What no line here names is text, so new fields are read. */
export interface TextPlaces {
  /** No field is of a protocol: every string is somebody's own. */
  readonly isFree?: true;
  /** Objects below these names have no fields of the dialect's own. */
  readonly free: ReadonlySet<string>;
  /** Tools stand below fields of their own, such as `googleSearch`, and only here in lists with names. */
  readonly listsTools?: ReadonlySet<string>;
  /** A string that a stream gives piece by piece. */
  isDelta(key: string, place: Place): boolean;
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

/** Words of a protocol and ids. One that is longer than any of these is read as text. */
export const protocolFields: ReadonlySet<string> = set(
  `type role id object model index finish_reason finishReason stop_reason stopReason done_reason
   tool_call_id tool_use_id toolUseId call_id item_id response_id responseId message_id file_id
   system_fingerprint service_tier serviceTier mime_type mimeType media_type created_at createTime
   modelVersion voice detail effort reasoning_effort verbosity ttl keep_alive blockReason status
   encoding_format format category threshold probability`,
);
export const LONGEST_PROTOCOL_BYTES = 64;

/** Sealed by a vendor, or media: nobody reads these as text, and a changed byte breaks them. */
export const sealedFields: ReadonlySet<string> = set(
  `signature thoughtSignature thought_signature encrypted_content redactedContent b64_json bytes
   file_data images embedding`,
);

/** `data` is media inside these, and text anywhere else. */
export const mediaHolders: ReadonlySet<string> = set(
  'source inlineData inline_data input_audio audio file redacted_thinking details',
);

const under = (name: string, place: Place | undefined): boolean => {
  for (let at = place; at !== undefined; at = at.parent) if (at.key === name) return true;
  return false;
};

const common = set('metadata parameters input_schema inputSchema json_schema schema');
const free = (words: string): ReadonlySet<string> => new Set([...common, ...set(words)]);

export const textPlaces: Readonly<Record<DialectName, TextPlaces>> = {
  'openai-chat': {
    free: common,
    isDelta: (key, place) =>
      (under('delta', place) && key !== 'name') || (key === 'text' && place.key === 'choices'),
  },
  'openai-responses': {
    free: common,
    // Events of a stream have their piece at the top, where a whole response has none.
    isDelta: (key, place) => key === 'delta' && place.parent === undefined,
  },
  anthropic: {
    free: free('input'),
    isDelta: (key, place) =>
      place.key === 'delta' && (key === 'text' || key === 'thinking' || key === 'partial_json'),
  },
  ollama: {
    free: free('arguments'),
    isDelta: (key, place) =>
      key === 'content' || key === 'thinking' || (key === 'response' && place.parent === undefined),
  },
  bedrock: {
    free: free('input json additionalModelRequestFields requestMetadata'),
    isDelta: (key, place) => under('delta', place) && (key === 'text' || key === 'input'),
  },
  gemini: {
    free: free('args response parametersJsonSchema responseSchema responseJsonSchema'),
    listsTools: set('functionDeclarations function_declarations'),
    isDelta: (key, place) =>
      (key === 'text' && place.key === 'parts') ||
      (key === 'stringValue' && place.key === 'partialArgs'),
  },
};

/** Under these names, streams of APIs that speak no dialect give a text piece by piece. */
const pieces = set(
  `delta content text token chunk piece partial response completion output answer message
   generated_text reasoning thinking`,
);

/** JSON of nobody's dialect. */
export const anyTextPlaces: TextPlaces = {
  isFree: true,
  free: new Set(),
  isDelta: (key, place) => pieces.has(key) || under('delta', place),
};

/** Names of tools that are declared, demanded or called. */
export const toolHolders: ReadonlySet<string> = set(
  `function functions tools functionDeclarations function_declarations functionCall function_call
   toolSpec systemTool toolUse tool_choice custom tool_calls content content_block start input output
   item`,
);
