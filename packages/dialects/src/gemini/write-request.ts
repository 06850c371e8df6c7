import type { Addressee, WrittenRequest } from '../codec.ts';
import { RequestError } from '../errors.ts';
import type { Intent, JsonObject, Tool, ToolChoice } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { type ParamTable, sampler, writeParams } from '../params.ts';
import { hoisted, merged } from '../turns.ts';
import { placeExtras } from './extras.ts';
import { openApiSchema } from './open-api-schema.ts';
import { hasFields } from './schema.ts';
import { writeThinking } from './thinking.ts';
import { writeTurns } from './write-turns.ts';

/** Gemini takes so many stop sequences (API reference, "GenerationConfig"). */
const MAX_STOPS = 5;

/** Writes a request of generateContent; the model and whether it streams stand in the path. */
export function writeRequest(intent: Intent, to: Addressee, losses: Losses): WrittenRequest {
  const { tools, toolChoice, format } = intent;
  const { system, turns } = hoisted(intent, losses);
  for (const { cache, path } of system) {
    if (cache !== undefined) losses.dropped(`${path}.cache_control`, AUTOMATIC);
  }
  const body: Record<string, unknown> = { contents: writeTurns(merged(turns), to, losses) };
  if (system.length > 0)
    body['systemInstruction'] = { parts: system.map(({ text }) => ({ text })) };

  const config: Record<string, unknown> = {};
  writeParams(intent, paramTable(intent, to, config, losses), config, losses);
  if (format !== undefined) {
    config['responseMimeType'] = 'application/json';
    const written = writeSchema(format.schema, 'response', format.path, to, losses);
    Object.assign(config, written);
  }
  if (Object.keys(config).length > 0) body['generationConfig'] = config;

  const written = writeTools(tools, to, losses);
  if (written.length > 0) {
    body['tools'] = written;
    if (toolChoice !== undefined) body['toolConfig'] = writeToolChoice(toolChoice);
  }
  placeExtras(intent, body, losses);
  return { body: JSON.stringify(body) };
}

const AUTOMATIC = 'this provider caches by itself';

/** A schema under the name that says which kind it is. */
function writeSchema(
  schema: JsonObject | undefined,
  of: 'response' | 'parameters',
  path: string,
  { profile }: Addressee,
  losses: Losses,
): object {
  if (schema === undefined) return {};
  if (profile.schemas === 'json') return { [`${of}JsonSchema`]: schema };
  const name = of === 'response' ? 'responseSchema' : of;
  return { [name]: openApiSchema(schema, path, losses) };
}

function paramTable(
  intent: Intent,
  to: Addressee,
  config: Record<string, unknown>,
  losses: Losses,
): ParamTable {
  const { paths } = intent;
  const sampled = sampler(intent, to.profile, 2, losses);
  return {
    maxTokens: 'maxOutputTokens',
    temperature: sampled('temperature', (value) => {
      config['temperature'] = value;
    }),
    topP: 'topP',
    topK: 'topK',
    stop: (value) => {
      config['stopSequences'] = value.slice(0, MAX_STOPS);
      if (value.length > MAX_STOPS) losses.altered(paths.stop ?? 'stop', 'only five are taken');
    },
    seed: 'seed',
    frequencyPenalty: 'frequencyPenalty',
    presencePenalty: 'presencePenalty',
    n: (value) => {
      if (value > 8) throw new RequestError(paths.n ?? 'n', value, 'at most 8');
      config['candidateCount'] = value;
    },
    logprobs: 'responseLogprobs',
    topLogprobs: 'logprobs',
    logitBias: null,
    user: null,
    serviceTier: null,
    verbosity: null,
    cacheKey: null,
    metadata: null,
    store: null,
    parallelTools: (value) => {
      if (value) return;
      losses.dropped(paths.parallelTools ?? 'parallel_tool_calls', 'calls may still be parallel');
    },
    reasoning: (value) => {
      const thinking = writeThinking(value, to, intent, losses);
      if (thinking !== undefined) config['thinkingConfig'] = thinking;
    },
  };
}

function writeTools(tools: readonly Tool[], to: Addressee, losses: Losses): object[] {
  const declarations: object[] = [];
  const others: object[] = [];
  for (const tool of tools) {
    if (tool.kind === 'foreign') {
      if (tool.dialect === 'gemini') others.push(tool.value as object);
      else losses.dropped(tool.path, `the tool ${tool.type} runs at another vendor`);
      continue;
    }
    const { name, description, schema, strict, cache, path } = tool;
    if (strict === true) losses.dropped(`${path}.strict`, 'calls are not bound to the schema');
    if (cache !== undefined) losses.dropped(`${path}.cache_control`, AUTOMATIC);
    const fields = hasFields(schema) ? schema : undefined;
    const parameters = writeSchema(fields, 'parameters', path, to, losses);
    declarations.push({ name, description, ...parameters });
  }
  return declarations.length > 0 ? [{ functionDeclarations: declarations }, ...others] : others;
}

const modes = { auto: 'AUTO', required: 'ANY', none: 'NONE', tool: 'ANY' } as const;

function writeToolChoice({ type, name }: ToolChoice): object {
  const names = name === undefined ? {} : { allowedFunctionNames: [name] };
  return { functionCallingConfig: { mode: modes[type], ...names } };
}
