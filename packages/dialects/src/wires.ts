import { wire as anthropic } from './anthropic/wire.ts';
import { wire as azureOpenai } from './azure-openai/wire.ts';
import { wire as bedrock } from './bedrock/wire.ts';
import type { DialectName, ProviderDialect } from './codec.ts';
import { wire as cohere } from './cohere/wire.ts';
import { wire as gemini } from './gemini/wire.ts';
import { wire as mistral } from './mistral/wire.ts';
import { wire as ollama } from './ollama/wire.ts';
import { wire as openaiChat } from './openai-chat/wire.ts';
import { wire as openaiResponses } from './openai-responses/wire.ts';
import type { ProviderWire, Wire } from './wire.ts';

export const wires: Readonly<
  Record<DialectName, Wire> & Record<Exclude<ProviderDialect, DialectName>, ProviderWire>
> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  anthropic,
  'azure-openai': azureOpenai,
  bedrock,
  cohere,
  gemini,
  mistral,
  ollama,
};
