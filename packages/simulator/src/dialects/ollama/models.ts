import { createHash } from 'node:crypto';
import type { Call, House, Reply } from '../dialect.ts';
import { checkModel } from './rules.ts';

/** `GET /api/tags` (https://docs.ollama.com/api/tags): the models at hand. */
export function listModels(_call: Call, house: House): Reply {
  const models = house.models.map((name) => ({
    name,
    model: name,
    modified_at: '2026-01-01T00:00:00Z',
    size: 1_048_576,
    digest: createHash('sha256').update(name).digest('hex'),
    details: {
      parent_model: '',
      format: 'gguf',
      family: 'simulated',
      families: ['simulated'],
      parameter_size: '0B',
      quantization_level: 'F16',
    },
  }));
  return { kind: 'whole', body: JSON.stringify({ models }), tokens: 0 };
}

/** `GET /api/ps` (https://docs.ollama.com/api/ps): nothing of a toy stays in memory. */
export const listRunning = (): Reply => ({
  kind: 'whole',
  body: JSON.stringify({ models: [] }),
  tokens: 0,
});

/** `POST /api/show` (https://docs.ollama.com/api/show). */
export function show({ body }: Call): Reply {
  checkModel(body);
  const answer = {
    parameters: '',
    license: '',
    capabilities: ['completion', 'tools', 'vision', 'thinking', 'embedding'],
    modified_at: '2026-01-01T00:00:00Z',
    details: {
      parent_model: '',
      format: 'gguf',
      family: 'simulated',
      families: ['simulated'],
      parameter_size: '0B',
      quantization_level: 'F16',
    },
    template: '',
    model_info: {},
  };
  return { kind: 'whole', body: JSON.stringify(answer), tokens: 0 };
}

/** `GET /api/version`: one that has thinking, identifiers of calls and all of the rest. */
export const version = (): Reply => ({
  kind: 'whole',
  body: JSON.stringify({ version: '0.30.0' }),
  tokens: 0,
});
