import type { Addressee, WrittenRequest } from '../codec.ts';
import { formatInstruction } from '../format.ts';
import { isJsonObject } from '../fields.ts';
import type { Intent, JsonObject, TextBlock } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { onlyOne, type ParamTable, sampler, writeParams } from '../params.ts';
import { hoisted, merged, tellExtras } from '../turns.ts';
import { CachePoints } from './cache.ts';
import { reasoningFields } from './reasoning.ts';
import { writeTools } from './tools.ts';
import { TurnWriter } from './write-turns.ts';

/** Writes a request of Converse. Model and stream are told in the path. */
export function writeRequest(intent: Intent, to: Addressee, losses: Losses): WrittenRequest {
  const { format, params } = intent;
  const { system, turns } = hoisted(intent, losses);
  const points = new CachePoints(to.profile, losses);
  const inference: Record<string, unknown> = {};
  const more: Record<string, unknown> = {};
  const body: Record<string, unknown> = {};
  writeParams(intent, paramTable(intent, to, { body, inference, more }, losses), body, losses);
  if (params.reasoning !== undefined) {
    Object.assign(more, reasoningFields(params.reasoning, intent, to, inference, more, losses));
  }
  const toolConfig = writeTools(intent, points, losses);
  const instruction: string[] = [];
  if (format?.schema !== undefined && to.profile.formats) {
    const { name = 'answer', description, schema } = format;
    const jsonSchema = { name, description, schema: JSON.stringify(schema) };
    const textFormat = { type: 'json_schema', structure: { jsonSchema } };
    body['outputConfig'] = { textFormat };
  } else if (format !== undefined) {
    losses.altered(format.path, 'asked for in the instructions');
    instruction.push(formatInstruction(format.schema));
  }
  const instructions = writeSystem(system, instruction, points);
  if (instructions.length > 0) body['system'] = instructions;
  body['messages'] = new TurnWriter(to, points, losses).write(merged(turns));
  if (toolConfig !== undefined) body['toolConfig'] = toolConfig;
  if (Object.keys(inference).length > 0) body['inferenceConfig'] = inference;
  if (Object.keys(more).length > 0) body['additionalModelRequestFields'] = more;
  tellExtras(intent, losses);
  return { body: JSON.stringify(body) };
}

function writeSystem(
  system: readonly TextBlock[],
  instruction: readonly string[],
  points: CachePoints,
): object[] {
  return [
    ...system.flatMap(({ text, cache, path }) => [{ text }, ...points.after(cache, path)]),
    ...instruction.map((text) => ({ text })),
  ];
}

interface Parts {
  readonly body: Record<string, unknown>;
  readonly inference: Record<string, unknown>;
  /** What Converse has no field for: passed to the model as it is. */
  readonly more: Record<string, unknown>;
}

function paramTable(
  intent: Intent,
  { profile }: Addressee,
  { body, inference, more }: Parts,
  losses: Losses,
): ParamTable {
  const { paths } = intent;
  const sampled = sampler(intent, profile, 1, losses);
  const into = (field: string) => (value: unknown) => {
    inference[field] = value;
  };
  return {
    maxTokens: into('maxTokens'),
    temperature: sampled('temperature', into('temperature')),
    topP: sampled('topP', into('topP')),
    topK: sampled('topK', (value) => {
      if (profile.converse === 'anthropic') more['top_k'] = value;
      else if (profile.converse === 'nova') more['inferenceConfig'] = { topK: value };
      else losses.dropped(paths.topK ?? 'top_k', 'this provider has no such parameter');
    }),
    stop: (value) => {
      const taken = value.filter((one) => one !== '');
      if (taken.length > 0) inference['stopSequences'] = taken;
    },
    seed: null,
    frequencyPenalty: null,
    presencePenalty: null,
    n: onlyOne(intent),
    logprobs: null,
    topLogprobs: null,
    logitBias: null,
    user: null,
    serviceTier: (value) => {
      if (tiers.has(value)) body['serviceTier'] = { type: value };
      else if (value !== 'auto') {
        losses.dropped(paths.serviceTier ?? 'service_tier', 'this provider has no such tier');
      }
    },
    verbosity: null,
    cacheKey: null,
    metadata: (value) => {
      if (isRequestMetadata(value)) body['requestMetadata'] = value;
      else losses.dropped(paths.metadata ?? 'metadata', 'more than this provider takes');
    },
    store: null,
    parallelTools: (value) => {
      if (value) return;
      const path = paths.parallelTools ?? 'parallel_tool_calls';
      losses.dropped(path, 'this provider cannot be held to one call at a time');
    },
    // Written when the limit is known, on which it depends.
    reasoning: () => undefined,
  };
}

/** Amazon Bedrock API reference, "ServiceTier". */
const tiers: ReadonlySet<string> = new Set(['default', 'flex', 'priority', 'reserved']);

/** Same reference, "Converse", requestMetadata. */
const WORD = /^[a-zA-Z0-9\s:_@$#=/+,\-.]{1,256}$/;

function isRequestMetadata(value: JsonObject): boolean {
  const entries = Object.entries(value);
  return (
    isJsonObject(value) &&
    entries.length <= 16 &&
    entries.every(([key, word]) => WORD.test(key) && typeof word === 'string' && WORD.test(word))
  );
}
