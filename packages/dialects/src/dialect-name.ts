/** Dialects there is a codec for, whoever speaks them. */
export type DialectName =
  | 'openai-chat'
  | 'openai-responses'
  | 'anthropic'
  | 'gemini'
  | 'bedrock'
  | 'ollama';

/** Dialects a provider may speak; those that are no `DialectName` no caller speaks. */
export type ProviderDialect =
  | DialectName
  | 'mistral'
  | 'cohere'
  | 'azure-openai'
  | 'vertex'
  | 'vertex-anthropic'
  | 'bedrock-anthropic';
