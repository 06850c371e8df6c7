import type { JsonObject } from '../../json.ts';
import type { Call, House, Reply } from '../dialect.ts';

/** `models.list` (https://ai.google.dev/api/models), in one page. */
export function listModels(_call: Call, house: House): Reply {
  const body = JSON.stringify({ models: house.models.map(modelOf) });
  return { kind: 'whole', body, tokens: 0 };
}

/** `models.get`: any name is a model here. */
export function oneModel(call: Call): Reply {
  return { kind: 'whole', body: JSON.stringify(modelOf(call.named ?? '')), tokens: 0 };
}

const modelOf = (id: string): JsonObject => ({
  name: `models/${id}`,
  baseModelId: id,
  version: '001',
  displayName: `${id} (simulated)`,
  description: 'A toy in the place of a model',
  inputTokenLimit: 1_048_576,
  outputTokenLimit: 65_536,
  supportedGenerationMethods: [
    'generateContent',
    'streamGenerateContent',
    'countTokens',
    'embedContent',
    'batchEmbedContents',
  ],
  temperature: 1,
  topP: 0.95,
  topK: 64,
  maxTemperature: 2,
  thinking: true,
});
