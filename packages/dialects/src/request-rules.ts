import type { DialectName } from './dialect-name.ts';
import {
  anyNumber,
  anyObject,
  either,
  flag,
  list,
  number,
  object,
  oneOf,
  text,
  textOr,
  whole,
  type Rule,
} from './rules.ts';
import type { Operation } from './wire.ts';

/**
 * What a request may not say in each dialect: fields of another type than the vendor's, and numbers
 * that no vendor takes. What is absent, and limits that differ from model to model, is left to the
 * provider, which charges nothing for saying so.
 */

const positive = number(0, Number.POSITIVE_INFINITY);
const share = number(0, 1);
const tokens = whole(1);
const texts = list(text);
const stops = either(text, texts);

// OpenAI API reference, "Create chat completion"; what its kin understand beside that.
const chatPart = object(
  { type: text, text, image_url: either(anyObject, text), input_audio: anyObject, file: anyObject },
  ['type'],
);
const chatCall = object({
  id: text,
  type: text,
  function: object({ name: text, arguments: either(text, anyObject) }),
});
const chatMessage = object(
  {
    role: oneOf('system', 'developer', 'user', 'assistant', 'tool', 'function'),
    content: textOr(list(chatPart)),
    name: text,
    tool_calls: list(chatCall),
    tool_call_id: text,
    refusal: text,
  },
  ['role'],
);
const sampling = {
  temperature: number(0, 2),
  top_p: share,
  n: whole(1, 128),
  presence_penalty: number(-2, 2),
  frequency_penalty: number(-2, 2),
  logit_bias: anyObject,
  stop: stops,
  seed: anyNumber,
  max_tokens: tokens,
  stream: flag,
  stream_options: object({ include_usage: flag, include_obfuscation: flag }),
  user: text,
};
const chat = object({
  ...sampling,
  messages: list(chatMessage),
  max_completion_tokens: tokens,
  top_k: whole(-1),
  logprobs: flag,
  top_logprobs: whole(0, 20),
  tools: list(
    object(
      {
        type: text,
        function: object({ name: text, description: text, parameters: anyObject, strict: flag }, [
          'name',
        ]),
      },
      ['type'],
    ),
  ),
  tool_choice: either(text, anyObject),
  parallel_tool_calls: flag,
  response_format: object({ type: text, json_schema: anyObject }, ['type']),
  reasoning_effort: text,
  modalities: texts,
  audio: anyObject,
  metadata: anyObject,
  store: flag,
  service_tier: text,
});
const prompt = textOr(list(either(text, either(whole(0), list(whole(0))))));
const completions = object({
  ...sampling,
  prompt,
  suffix: text,
  echo: flag,
  best_of: whole(1, 128),
  logprobs: whole(0, 20),
});
const embeddings = object({
  input: prompt,
  dimensions: tokens,
  encoding_format: oneOf('float', 'base64'),
  user: text,
});

// OpenAI API reference, "Create a model response".
const responses = object({
  input: textOr(list(object({ type: text, role: text, content: textOr(list(anyObject)) }))),
  instructions: textOr(list(anyObject)),
  max_output_tokens: tokens,
  max_tool_calls: tokens,
  temperature: number(0, 2),
  top_p: share,
  top_logprobs: whole(0, 20),
  stream: flag,
  store: flag,
  parallel_tool_calls: flag,
  previous_response_id: text,
  tools: list(object({ type: text, name: text }, ['type'])),
  tool_choice: either(text, anyObject),
  text: anyObject,
  reasoning: anyObject,
  metadata: anyObject,
  include: texts,
  truncation: text,
  user: text,
});

// Anthropic API reference, "Messages".
const block = object(
  {
    type: text,
    text,
    thinking: text,
    signature: text,
    id: text,
    name: text,
    input: anyObject,
    tool_use_id: text,
    is_error: flag,
    source: anyObject,
    cache_control: anyObject,
  },
  ['type'],
);
const messagesShared = {
  messages: list(
    object({ role: oneOf('user', 'assistant', 'system'), content: textOr(list(block)) }, ['role']),
  ),
  system: textOr(list(block)),
  tools: list(object({ type: text, name: text, description: text, input_schema: anyObject })),
  tool_choice: object({ type: text, name: text, disable_parallel_tool_use: flag }, ['type']),
  thinking: object({ type: text, budget_tokens: whole(0) }, ['type']),
};
const messages = object({
  ...messagesShared,
  max_tokens: whole(0),
  temperature: number(0, 2),
  top_p: share,
  top_k: whole(0),
  stop_sequences: texts,
  stream: flag,
  metadata: anyObject,
  service_tier: text,
});

// Gemini API reference, "generateContent". Its JSON is protobuf's: either case, numbers as text too.
const wordy = (rule: Rule): Rule =>
  either(rule, (value) =>
    typeof value === 'string' && value !== '' ? rule(Number(value)) : rule(value),
  );
const geminiPart = object({
  text,
  thought: flag,
  inlineData: anyObject,
  fileData: anyObject,
  functionCall: object({ name: text, args: anyObject }),
  functionResponse: object({ name: text, response: anyObject }),
});
const content = object({ role: text, parts: either(list(geminiPart), geminiPart) });
const generationConfig = object({
  temperature: wordy(number(0, 2)),
  topP: wordy(share),
  topK: wordy(positive),
  candidateCount: wordy(whole(1, 128)),
  maxOutputTokens: wordy(tokens),
  stopSequences: texts,
  seed: wordy(anyNumber),
  presencePenalty: wordy(number(-2, 2)),
  frequencyPenalty: wordy(number(-2, 2)),
  responseMimeType: text,
  responseSchema: anyObject,
  responseModalities: texts,
  thinkingConfig: anyObject,
});
const generate = object({
  contents: either(list(content), content),
  systemInstruction: content,
  system_instruction: content,
  tools: either(list(anyObject), anyObject),
  toolConfig: anyObject,
  safetySettings: list(anyObject),
  generationConfig,
  generation_config: generationConfig,
});

const embedSettings = {
  taskType: text,
  title: text,
  outputDimensionality: wordy(tokens),
  autoTruncate: flag,
};
const embedContent = object({
  ...embedSettings,
  content,
  embedContentConfig: object(embedSettings),
});

// Ollama API, "Generate a chat completion". -1 and -2 mean "until it is done".
const options = object({
  temperature: positive,
  top_p: share,
  top_k: whole(-1),
  num_predict: whole(-2),
  num_ctx: whole(1),
  seed: anyNumber,
  stop: stops,
});
const ollamaShared = {
  stream: flag,
  options,
  keep_alive: either(text, anyNumber),
  think: either(flag, text),
  format: either(text, anyObject),
};
const ollamaChat = object({
  ...ollamaShared,
  messages: list(
    object(
      {
        role: oneOf('system', 'user', 'assistant', 'tool'),
        content: text,
        images: texts,
        thinking: text,
        tool_calls: list(
          object({ function: object({ name: text, arguments: either(anyObject, text) }) }),
        ),
      },
      ['role'],
    ),
  ),
  tools: list(object({ type: text, function: anyObject })),
});
const ollamaGenerate = object({
  ...ollamaShared,
  prompt: text,
  suffix: text,
  system: text,
  images: texts,
  raw: flag,
});

// Amazon Bedrock API reference, "Converse".
const converseBlock = object({
  text,
  image: anyObject,
  document: anyObject,
  toolUse: object({ toolUseId: text, name: text }),
  toolResult: object({ toolUseId: text, content: list(anyObject) }),
  reasoningContent: anyObject,
  cachePoint: anyObject,
});
const converse = object({
  messages: list(
    object({ role: oneOf('user', 'assistant', 'system'), content: list(converseBlock) }, ['role']),
  ),
  system: list(converseBlock),
  inferenceConfig: object({
    maxTokens: tokens,
    temperature: number(0, 2),
    topP: share,
    stopSequences: texts,
  }),
  toolConfig: object({ tools: list(anyObject), toolChoice: anyObject }),
  additionalModelRequestFields: anyObject,
});

/** Undefined where a dialect has no such operation. */
export const requestRules: Readonly<
  Record<DialectName, Readonly<Partial<Record<Operation, Rule>>>>
> = {
  'openai-chat': { chat, completions, embeddings },
  'openai-responses': { chat: responses, 'count-tokens': responses },
  anthropic: { chat: messages, 'count-tokens': object(messagesShared) },
  gemini: {
    chat: generate,
    'count-tokens': object({
      contents: either(list(content), content),
      generateContentRequest: generate,
      generate_content_request: generate,
    }),
    embedding: embedContent,
    embeddings: object({ requests: list(embedContent) }),
  },
  ollama: {
    chat: ollamaChat,
    completions: ollamaGenerate,
    embedding: object({ prompt: text, options }),
    embeddings: object({ input: textOr(texts), dimensions: tokens, truncate: flag, options }),
  },
  bedrock: {
    chat: converse,
    'count-tokens': object({ input: object({ converse, invokeModel: anyObject }) }),
  },
};
