import { wire as anthropic } from './anthropic/wire.ts';
import { wire as azureOpenai } from './azure-openai/wire.ts';
import { wire as bedrock } from './bedrock/wire.ts';
import { wire as bedrockAnthropic } from './bedrock-anthropic/wire.ts';
import type { DialectName, ProviderDialect } from './codec.ts';
import { wire as cohere } from './cohere/wire.ts';
import { wire as gemini } from './gemini/wire.ts';
import { wire as mistral } from './mistral/wire.ts';
import { wire as ollama } from './ollama/wire.ts';
import { wire as openaiChat } from './openai-chat/wire.ts';
import { wire as openaiResponses } from './openai-responses/wire.ts';
import { wire as vertexAnthropic } from './vertex-anthropic/wire.ts';
import { wire as vertex } from './vertex/wire.ts';
import type { ProviderWire, Wire } from './wire.ts';

export const wires: Readonly<
  Record<DialectName, Wire> & Record<Exclude<ProviderDialect, DialectName>, ProviderWire>
> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  anthropic,
  'azure-openai': azureOpenai,
  bedrock,
  'bedrock-anthropic': bedrockAnthropic,
  cohere,
  gemini,
  mistral,
  ollama,
  vertex,
  'vertex-anthropic': vertexAnthropic,
};
