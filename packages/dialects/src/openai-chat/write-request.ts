import type { Addressee, ProviderDialect, WrittenRequest } from '../codec.ts';
import { effortOf } from '../effort.ts';
import type { Intent, OutputFormat, Tool, ToolChoice } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { type ParamTable, sampler, writeParams } from '../params.ts';
import { tellExtras } from '../turns.ts';
import { AUTOMATIC_CACHE } from './cache.ts';
import { writeTurns } from './write-turns.ts';

/** Writes a request of Chat Completions, for OpenAI and the many servers that speak like it. */
export function writeRequest(intent: Intent, to: Addressee, losses: Losses): WrittenRequest {
  const { tools, toolChoice, format, stream } = intent;
  const body: Record<string, unknown> = {
    model: to.model,
    messages: writeTurns(intent, to, losses),
  };
  writeParams(intent, paramTable(intent, to, body, losses), body, losses);
  // Without it a stream does not tell what it cost.
  const options = to.refusesStreamOptions === true ? undefined : { include_usage: true };
  if (stream) Object.assign(body, { stream, stream_options: options });

  const written = tools.flatMap((tool) => writeTool(tool, losses));
  if (written.length > 0) {
    body['tools'] = written;
    if (toolChoice !== undefined) body['tool_choice'] = writeToolChoice(toolChoice);
  } else if (intent.params.parallelTools !== undefined) {
    // OpenAI refuses it where there are no tools.
    delete body['parallel_tool_calls'];
  }
  if (format !== undefined) body['response_format'] = writeFormat(format);
  tellExtras(intent, losses);
  return { body: JSON.stringify(body) };
}

export function writeFormat(format: OutputFormat): object {
  if (format.type === 'json') return { type: 'json_object' };
  const { name = 'answer', description, schema, strict } = format;
  return { type: 'json_schema', json_schema: { name, description, schema, strict } };
}

function paramTable(
  intent: Intent,
  { profile }: Addressee,
  body: Record<string, unknown>,
  losses: Losses,
): ParamTable {
  const { paths, from } = intent;
  const sampled = sampler(intent, profile, 2, losses);
  return {
    maxTokens: profile.maxTokensField,
    temperature: sampled('temperature', (value) => (body['temperature'] = value)),
    topP: sampled('topP', (value) => (body['top_p'] = value)),
    topK: null,
    stop: (value) => {
      body['stop'] = value.slice(0, MAX_STOPS);
      if (value.length > MAX_STOPS) losses.altered(paths.stop ?? 'stop', 'only four are taken');
    },
    seed: 'seed',
    frequencyPenalty: 'frequency_penalty',
    presencePenalty: 'presence_penalty',
    n: 'n',
    logprobs: 'logprobs',
    topLogprobs: 'top_logprobs',
    logitBias: 'logit_bias',
    user: 'user',
    serviceTier: (value) => {
      if (from === 'openai-chat') body['service_tier'] = value;
      else if (value === 'standard_only') body['service_tier'] = 'default';
      else body['service_tier'] = 'auto';
    },
    verbosity: 'verbosity',
    cacheKey: 'prompt_cache_key',
    metadata: 'metadata',
    store: 'store',
    parallelTools: 'parallel_tool_calls',
    reasoning: (value) => {
      const effort = effortOf(value);
      if (profile.reasoning === 'none') {
        losses.dropped(paths.reasoning ?? 'reasoning_effort', 'this model does not reason');
      } else if (effort !== undefined) body['reasoning_effort'] = effort;
    },
  };
}

const MAX_STOPS = 4;

export function writeTool(
  tool: Tool,
  losses: Losses,
  dialect: ProviderDialect = 'openai-chat',
): object[] {
  if (tool.kind === 'foreign') {
    if (tool.dialect === dialect) return [tool.value as object];
    losses.dropped(tool.path, `the tool ${tool.type} runs at another vendor`);
    return [];
  }
  const { name, description, schema, strict, cache, path } = tool;
  if (cache !== undefined) losses.dropped(`${path}.cache_control`, AUTOMATIC_CACHE);
  return [{ type: 'function', function: { name, description, parameters: schema, strict } }];
}

export function writeToolChoice({ type, name }: ToolChoice): unknown {
  return type === 'tool' ? { type: 'function', function: { name } } : type;
}
