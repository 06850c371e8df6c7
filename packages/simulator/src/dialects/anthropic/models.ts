import type { JsonObject } from '../../json.ts';
import type { Call, House, Reply } from '../dialect.ts';

/** `GET /v1/models` (https://docs.claude.com/en/api/models-list), in one page. */
export function listModels(_call: Call, house: House): Reply {
  const data = house.models.map(modelOf);
  const body = JSON.stringify({
    data,
    has_more: false,
    first_id: house.models[0] ?? null,
    last_id: house.models.at(-1) ?? null,
  });
  return { kind: 'whole', body, tokens: 0 };
}

/** `GET /v1/models/{id}`: any name is a model here. */
export function oneModel(call: Call): Reply {
  return { kind: 'whole', body: JSON.stringify(modelOf(call.named ?? '')), tokens: 0 };
}

const modelOf = (id: string): JsonObject => ({
  type: 'model',
  id,
  display_name: `${id} (simulated)`,
  created_at: '2026-01-01T00:00:00Z',
  lifecycle: 'active',
  deprecated_at: null,
  retires_at: null,
  line: null,
  capabilities: null,
  max_input_tokens: 200_000,
  max_tokens: 64_000,
});
