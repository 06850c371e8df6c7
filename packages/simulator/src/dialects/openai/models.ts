import type { JsonObject } from '../../json.ts';
import type { Call, House, Reply } from '../dialect.ts';

/** `GET /v1/models`: `ListModelsResponse`. */
export function listModels(_call: Call, house: House): Reply {
  const body = JSON.stringify({ object: 'list', data: house.models.map(modelOf) });
  return { kind: 'whole', body, tokens: 0 };
}

/** `GET /v1/models/{id}`: any name is a model here. */
export function oneModel(call: Call): Reply {
  return { kind: 'whole', body: JSON.stringify(modelOf(call.named ?? '')), tokens: 0 };
}

const modelOf = (id: string): JsonObject => ({
  id,
  object: 'model',
  created: 1_767_225_600,
  owned_by: 'vitalgate-simulator',
});
