import type { Call, House, Reply } from '../dialect.ts';

/** `GET /v1/models` (https://docs.cohere.com/reference/list-models), in one page. */
export function listModels(_call: Call, house: House): Reply {
  const models = house.models.map((name) => ({
    name,
    is_deprecated: false,
    endpoints: ['chat', 'embed'],
    finetuned: false,
    context_length: 256_000,
    tokenizer_url: null,
    default_endpoints: [],
    features: ['json_mode', 'json_schema', 'tools', 'strict_tools', 'vision', 'reasoning'],
  }));
  return { kind: 'whole', body: JSON.stringify({ models }), tokens: 0 };
}
