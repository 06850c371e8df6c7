import { codec as anthropic } from './anthropic/codec.ts';
import { codec as bedrock } from './bedrock/codec.ts';
import { codec as bedrockAnthropic } from './bedrock-anthropic/codec.ts';
import { codec as mistral } from './mistral/codec.ts';
import type { Codec, DialectName, ProviderCodec, ProviderDialect } from './codec.ts';
import { codec as cohere } from './cohere/codec.ts';
import { codec as gemini } from './gemini/codec.ts';
import { codec as ollama } from './ollama/codec.ts';
import { codec as openaiChat } from './openai-chat/codec.ts';
import { codec as openaiResponses } from './openai-responses/codec.ts';
import { codec as vertexAnthropic } from './vertex-anthropic/codec.ts';

export const codecs: Readonly<
  Record<DialectName, Codec> & Record<Exclude<ProviderDialect, DialectName>, ProviderCodec>
> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  anthropic,
  'azure-openai': openaiChat,
  bedrock,
  'bedrock-anthropic': bedrockAnthropic,
  cohere,
  gemini,
  mistral,
  ollama,
  vertex: gemini,
  'vertex-anthropic': vertexAnthropic,
};
