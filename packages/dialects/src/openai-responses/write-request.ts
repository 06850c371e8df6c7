import type { Addressee, WrittenRequest } from '../codec.ts';
import { effortOf } from '../effort.ts';
import type { Intent, OutputFormat, Tool, ToolChoice } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { AUTOMATIC_CACHE } from '../openai-chat/cache.ts';
import { onlyOne, type ParamTable, sampler, writeParams } from '../params.ts';
import { writeTurns } from './write-turns.ts';

/** Writes a request of Responses; nothing is stored unless the caller asked for it. */
export function writeRequest(intent: Intent, to: Addressee, losses: Losses): WrittenRequest {
  const { tools, toolChoice, format, stream } = intent;
  const include: string[] = [];
  const text: Record<string, unknown> = {};
  const body: Record<string, unknown> = {
    model: to.model,
    input: writeTurns(intent, to, losses),
    store: false,
  };
  writeParams(intent, paramTable(intent, to, { body, include, text }, losses), body, losses);
  // What is not stored has to come back sealed, or the next turn begins without it.
  if (to.profile.sealsReasoning && body['store'] === false)
    include.push('reasoning.encrypted_content');
  if (stream) body['stream'] = true;
  const written = tools.flatMap((tool) => writeTool(tool, losses));
  if (written.length > 0) {
    body['tools'] = written;
    if (toolChoice !== undefined) body['tool_choice'] = writeToolChoice(toolChoice);
  }
  if (format !== undefined) text['format'] = writeFormat(format);
  if (Object.keys(text).length > 0) body['text'] = text;
  writeExtras(intent, body, losses);
  if (include.length > 0) body['include'] = include;
  return { body: JSON.stringify(body) };
}

/** Fields of this dialect go on where they were not inside of something that was written anew. */
function writeExtras(
  { extras, from }: Intent,
  body: Record<string, unknown>,
  losses: Losses,
): void {
  for (const { path, value } of extras) {
    if (from === 'openai-responses' && /^\w+$/.test(path)) body[path] = value;
    else losses.dropped(path, 'this provider has no such field');
  }
}

/** OpenAI API reference, "max_output_tokens" and "service_tier". */
const LEAST_TOKENS = 16;
const tiers: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'scale', 'priority']);

interface Parts {
  readonly body: Record<string, unknown>;
  readonly include: string[];
  readonly text: Record<string, unknown>;
}

function paramTable(
  intent: Intent,
  { profile }: Addressee,
  { body, include, text }: Parts,
  losses: Losses,
): ParamTable {
  const { paths, from } = intent;
  const sampled = sampler(intent, profile, 2, losses);
  return {
    maxTokens: (value) => {
      body['max_output_tokens'] = Math.max(value, LEAST_TOKENS);
      if (value < LEAST_TOKENS)
        losses.altered(
          paths.maxTokens ?? 'max_tokens',
          `set to ${LEAST_TOKENS}, the least it takes`,
        );
    },
    temperature: sampled('temperature', (value) => (body['temperature'] = value)),
    topP: sampled('topP', (value) => (body['top_p'] = value)),
    topK: null,
    stop: null,
    seed: null,
    frequencyPenalty: null,
    presencePenalty: null,
    n: onlyOne(intent),
    logprobs: () => void include.push('message.output_text.logprobs'),
    topLogprobs: 'top_logprobs',
    logitBias: null,
    user: 'safety_identifier',
    serviceTier: (value) => {
      if (tiers.has(value)) body['service_tier'] = value;
      else if (from === 'anthropic') body['service_tier'] = 'default';
      else losses.dropped(paths.serviceTier ?? 'service_tier', 'this provider has no such tier');
    },
    verbosity: (value) => {
      text['verbosity'] = value;
    },
    cacheKey: 'prompt_cache_key',
    metadata: 'metadata',
    store: 'store',
    parallelTools: 'parallel_tool_calls',
    reasoning: (value) => {
      if (profile.reasoning === 'none') {
        losses.dropped(paths.reasoning ?? 'reasoning', 'this model does not reason');
        return;
      }
      const effort = effortOf(value);
      body['reasoning'] = { effort, summary: value.show === true ? 'auto' : undefined };
    },
  };
}

function writeTool(tool: Tool, losses: Losses): object[] {
  if (tool.kind === 'foreign') {
    if (tool.dialect === 'openai-responses') return [tool.value as object];
    losses.dropped(tool.path, `the tool ${tool.type} runs at another vendor`);
    return [];
  }
  const { name, description, schema, cache, path } = tool;
  if (cache !== undefined) losses.dropped(`${path}.cache_control`, AUTOMATIC_CACHE);
  const parameters = schema ?? { type: 'object', properties: {} };
  // Responses is strict unless told otherwise, and refuses schemas that were not made for that.
  return [{ type: 'function', name, description, parameters, strict: tool.strict ?? false }];
}

const writeToolChoice = ({ type, name }: ToolChoice): unknown =>
  type === 'tool' ? { type: 'function', name } : type;

function writeFormat(format: OutputFormat): object {
  if (format.type === 'json') return { type: 'json_object' };
  const { name = 'answer', description, schema, strict } = format;
  return { type: 'json_schema', name, description, schema, strict: strict ?? false };
}
