import type { Addressee, WrittenRequest } from '../codec.ts';
import { budgetOf, effortOf } from '../effort.ts';
import { formatInstruction } from '../format.ts';
import type { Intent, Reasoning, Tool, TextBlock } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { onlyOne, type ParamTable, sampler, writeParams } from '../params.ts';
import { hoisted, merged, tellExtras } from '../turns.ts';
import { writeCache } from './cache.ts';
import { writeTurns } from './write-turns.ts';

/** Writes a request of Messages. */
export function writeRequest(intent: Intent, to: Addressee, losses: Losses): WrittenRequest {
  const { tools, format, params, stream } = intent;
  const { system, turns } = hoisted(intent, losses);
  const messages = writeTurns(merged(turns), to, losses);
  const body: Record<string, unknown> = { model: to.model, messages };
  if (params.maxTokens === undefined) {
    body['max_tokens'] = to.profile.maxTokens;
    losses.altered('max_tokens', `this provider demands a limit; ${to.profile.maxTokens} was set`);
  }
  writeParams(intent, paramTable(intent, to, body, losses), body, losses);
  if (stream) body['stream'] = true;

  const written = tools.flatMap((tool) => writeTool(tool, to, losses));
  if (written.length > 0) {
    body['tools'] = written;
    const choice = writeToolChoice(intent);
    if (choice !== undefined) body['tool_choice'] = choice;
  }
  if (params.reasoning !== undefined) {
    writeReasoning(params.reasoning, intent, to, body, losses);
  }
  const instruction: string[] = [];
  if (format?.schema !== undefined && to.profile.formats) {
    body['output_config'] = {
      ...(body['output_config'] as object | undefined),
      format: { type: 'json_schema', schema: format.schema },
    };
  } else if (format !== undefined) {
    losses.altered(format.path, 'asked for in the instructions');
    instruction.push(formatInstruction(format.schema));
  }
  const instructions = writeSystem(system, instruction);
  if (instructions !== undefined) body['system'] = instructions;
  tellExtras(intent, losses);
  return { body: JSON.stringify(body) };
}

/** A string where it is one plain text, as most people write it. */
function writeSystem(
  system: readonly TextBlock[],
  more: readonly string[],
): string | object[] | undefined {
  const [first] = system;
  if (
    system.length === 1 &&
    more.length === 0 &&
    first !== undefined &&
    first.cache === undefined
  ) {
    return first.text;
  }
  const blocks = [
    ...system.map(({ text, cache }) => ({ type: 'text', text, ...writeCache(cache) })),
    ...more.map((text) => ({ type: 'text', text })),
  ];
  return blocks.length === 0 ? undefined : blocks;
}

function paramTable(
  intent: Intent,
  { profile }: Addressee,
  body: Record<string, unknown>,
  losses: Losses,
): ParamTable {
  const { paths, from } = intent;
  const sampled = sampler(intent, profile, 1, losses);
  const into = (field: string) => (value: number) => {
    body[field] = value;
  };
  return {
    maxTokens: 'max_tokens',
    temperature: sampled('temperature', into('temperature')),
    topP: sampled('topP', into('top_p')),
    topK: sampled('topK', into('top_k')),
    stop: (value) => {
      // Anthropic refuses sequences of white space alone.
      const taken = value.filter((one) => one.trim() !== '');
      if (taken.length < value.length) {
        losses.altered(paths.stop ?? 'stop', 'sequences of white space are not taken');
      }
      if (taken.length > 0) body['stop_sequences'] = taken;
    },
    seed: null,
    frequencyPenalty: null,
    presencePenalty: null,
    n: onlyOne(intent),
    logprobs: null,
    topLogprobs: null,
    logitBias: null,
    user: (value) => {
      body['metadata'] = { user_id: value };
    },
    serviceTier: (value) => {
      if (from === 'anthropic' || value === 'auto') body['service_tier'] = value;
      else if (value === 'default') body['service_tier'] = 'standard_only';
      else losses.dropped(paths.serviceTier ?? 'service_tier', 'this provider has no such tier');
    },
    verbosity: null,
    cacheKey: null,
    metadata: null,
    store: null,
    // Written with the choice of tools and with the limit, on which they depend.
    parallelTools: () => undefined,
    reasoning: () => undefined,
  };
}

function writeTool(tool: Tool, { profile }: Addressee, losses: Losses): object[] {
  if (tool.kind === 'foreign') {
    if (tool.dialect === 'anthropic') return [tool.value as object];
    losses.dropped(tool.path, `the tool ${tool.type} runs at another vendor`);
    return [];
  }
  const { name, description, schema, strict, cache } = tool;
  // Anthropic demands an object at the top, also of a tool without arguments.
  const input_schema = { ...(schema ?? { properties: {} }), type: 'object' };
  const bound = strict === true && profile.formats ? { strict } : {};
  if (strict === true && !profile.formats) {
    losses.dropped(`${tool.path}.strict`, 'this model does not bind its calls to the schema');
  }
  return [{ name, description, input_schema, ...bound, ...writeCache(cache) }];
}

function writeToolChoice({ toolChoice, params: { parallelTools } }: Intent): object | undefined {
  const single = parallelTools === false ? { disable_parallel_tool_use: true } : {};
  if (toolChoice === undefined) {
    return parallelTools === false ? { type: 'auto', ...single } : undefined;
  }
  const { type, name } = toolChoice;
  if (type === 'none') return { type };
  if (type === 'tool') return { type, name, ...single };
  return { type: type === 'required' ? 'any' : 'auto', ...single };
}

/** Less than this Anthropic refuses ("Extended thinking", minimum budget). */
const LEAST_BUDGET = 1024;

function writeReasoning(
  reasoning: Reasoning,
  intent: Intent,
  { profile }: Addressee,
  body: Record<string, unknown>,
  losses: Losses,
): void {
  const path = intent.paths.reasoning ?? 'reasoning';
  const effort = effortOf(reasoning);
  if (effort === 'none') {
    if (profile.reasoning !== 'none') body['thinking'] = { type: 'disabled' };
    return;
  }
  const hindrance =
    hindranceOf(intent, body) ??
    (profile.reasoning === 'none' ? 'this model does not reason' : undefined);
  if (hindrance !== undefined) {
    losses.dropped(path, hindrance);
    return;
  }
  const display = reasoning.show === false ? { display: 'omitted' } : {};
  if (profile.reasoning === 'adaptive') {
    body['thinking'] = { type: 'adaptive', ...display };
    const word = effort === 'minimal' ? 'low' : effort;
    if (word !== undefined) body['output_config'] = { effort: word };
    return;
  }
  const wanted = Math.max(LEAST_BUDGET, budgetOf(reasoning) ?? profile.maxTokens / 2);
  const limit = body['max_tokens'] as number;
  // The budget is part of the limit, and something has to be left for the answer.
  const budget = Math.min(wanted, limit - 1);
  if (budget < LEAST_BUDGET) {
    losses.dropped(path, `max_tokens leaves no room for ${LEAST_BUDGET} tokens of reasoning`);
    return;
  }
  if (budget < wanted) losses.altered(path, `limited to ${budget} tokens by max_tokens`);
  body['thinking'] = { type: 'enabled', budget_tokens: budget, ...display };
  for (const [name, field] of [
    ['temperature', 'temperature'],
    ['topP', 'top_p'],
    ['topK', 'top_k'],
  ] as const) {
    if (body[field] === undefined) continue;
    delete body[field];
    losses.dropped(intent.paths[name] ?? field, 'not taken while the model reasons');
  }
}

/** Why a model may not reason about this request, though it could. */
function hindranceOf({ toolChoice }: Intent, body: Record<string, unknown>): string | undefined {
  if (toolChoice?.type === 'required' || toolChoice?.type === 'tool') {
    return 'a forced tool call and reasoning exclude each other';
  }
  // In the middle of calling tools Anthropic wants the reasoning that led there, unchanged.
  const messages = body['messages'] as readonly { role: string; content: readonly object[] }[];
  const last = messages.findLast(({ role }) => role === 'assistant');
  const isInCall = messages.at(-1)?.content.some((block) => typeOf(block) === 'tool_result');
  const first = last?.content[0];
  const hasReasoned = first !== undefined && typeOf(first).endsWith('thinking');
  return isInCall === true && !hasReasoned
    ? 'the reasoning behind the last tool call is not at hand'
    : undefined;
}

const typeOf = (block: object): string => ('type' in block ? String(block.type) : '');
