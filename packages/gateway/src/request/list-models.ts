import { Failure } from '@vitalgate/contract';
import type { DialectName } from '@vitalgate/dialects';
import { decodedModel } from './model-name.ts';
import type { Running } from '../running.ts';
import type { Admitted } from './exchange.ts';
import { readJsonBody } from './understand.ts';

/** Models have no date of their own here; both vendors demand one. */
const CREATED_SECONDS = Date.UTC(2026, 0, 1) / 1000;

/**
 * Answers `GET /v1/models` and `/v1/models/{id}` with what the key may use, in the caller's dialect,
 * and what Ollama's own programs ask before they ask a model.
 */
export async function listModels(admitted: Admitted, running: Running): Promise<string> {
  const { key, dialect, path } = admitted;
  const about = /\/api\/(version|ps)$/.exec(path)?.[1];
  if (about !== undefined) return JSON.stringify(about === 'ps' ? RUNNING : VERSION);
  const isShown = path.endsWith('/api/show');
  const named = isShown ? (await readJsonBody(admitted, running)).scanned.model : admitted.named;
  if (isShown && named === undefined) {
    throw new Failure('invalid_request', 'found no "model"; name one, see GET /api/tags');
  }
  const names = [...running.routes.keys()].filter(
    (name) => key?.models === undefined || key.models.has(name),
  );
  const { one, all } = listings[dialect];
  if (named !== undefined) {
    const name = isShown ? named : decodedModel(named);
    if (name === undefined || !names.includes(name)) {
      throw new Failure('model_not_found', 'there is no model of this name; see GET /v1/models');
    }
    return JSON.stringify(one(name));
  }
  return JSON.stringify(all(names));
}

/** OpenAI API reference, "The model object". */
const asOpenAi = (name: string) => ({
  id: name,
  object: 'model',
  created: CREATED_SECONDS,
  owned_by: 'vitalgate',
});

/** Anthropic API reference, "List Models". */
const asAnthropic = (name: string) => ({
  type: 'model',
  id: name,
  display_name: name,
  created_at: new Date(CREATED_SECONDS * 1000).toISOString(),
});

/** Gemini API reference, "models.list". */
const asGemini = (name: string) => ({
  name: `models/${name}`,
  displayName: name,
  supportedGenerationMethods: ['generateContent', 'countTokens', 'embedContent'],
});

const ollamaModel = {
  modified_at: new Date(CREATED_SECONDS * 1000).toISOString(),
  details: { format: '', family: '', families: null, parameter_size: '', quantization_level: '' },
};

/** Ollama API, "List Local Models". */
const asOllama = (name: string) => ({ name, model: name, size: 0, digest: '', ...ollamaModel });

/** Ollama API, "Show Model Information". What a model can do beyond this its provider knows. */
const shownByOllama = () => ({
  ...ollamaModel,
  capabilities: ['completion', 'tools', 'vision'],
  parameters: '',
  template: '',
  license: '',
  model_info: {},
});

/** Ollama API, "Version". The first release of it that has all that callers are given here. */
const VERSION = { version: '0.30.0' };

/** Ollama API, "List Running Models". No model takes memory here. */
const RUNNING = { models: [] };

/** Amazon Bedrock API reference, "FoundationModelSummary". */
const asBedrock = (name: string) => ({
  modelId: name,
  modelArn: `arn:aws:bedrock:::foundation-model/${name}`,
  modelName: name,
});

interface Listing {
  readonly one: (name: string) => object;
  readonly all: (names: readonly string[]) => object;
}

const openAiListing: Listing = {
  one: asOpenAi,
  all: (names) => ({ object: 'list', data: names.map(asOpenAi) }),
};

const listings: Readonly<Record<DialectName, Listing>> = {
  'openai-chat': openAiListing,
  'openai-responses': openAiListing,
  anthropic: {
    one: asAnthropic,
    all: (names) => ({
      data: names.map(asAnthropic),
      has_more: false,
      first_id: names[0] ?? null,
      last_id: names.at(-1) ?? null,
    }),
  },
  ollama: { one: shownByOllama, all: (names) => ({ models: names.map(asOllama) }) },
  bedrock: {
    one: (name) => ({ modelDetails: asBedrock(name) }),
    all: (names) => ({ modelSummaries: names.map(asBedrock) }),
  },
  gemini: { one: asGemini, all: (names) => ({ models: names.map(asGemini) }) },
};
