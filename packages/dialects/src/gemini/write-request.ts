import type { Addressee, WrittenRequest } from '../codec.ts';
import { budgetOf, effortOf } from '../effort.ts';
import { RequestError } from '../errors.ts';
import type { Intent, Reasoning, Tool, ToolChoice } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { type ParamTable, writeParams } from '../params.ts';
import { hoisted, merged, tellExtras } from '../turns.ts';
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
    if (format.schema !== undefined) config['responseJsonSchema'] = format.schema;
  }
  if (Object.keys(config).length > 0) body['generationConfig'] = config;

  const written = writeTools(tools, losses);
  if (written.length > 0) {
    body['tools'] = written;
    if (toolChoice !== undefined) body['toolConfig'] = writeToolChoice(toolChoice);
  }
  tellExtras(intent, losses);
  return { body: JSON.stringify(body) };
}

const AUTOMATIC = 'this provider caches by itself';

function paramTable(
  { paths }: Intent,
  { profile }: Addressee,
  config: Record<string, unknown>,
  losses: Losses,
): ParamTable {
  return {
    maxTokens: 'maxOutputTokens',
    temperature: 'temperature',
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
      const thinking = thinkingOf(value, profile.reasoning);
      if (thinking !== undefined) config['thinkingConfig'] = thinking;
      else if (effortOf(value) !== 'none') {
        losses.dropped(paths.reasoning ?? 'reasoning', 'this model does not reason');
      }
    },
  };
}

/** Newer models take a level, those before a budget (Gemini API, "Thinking"). */
function thinkingOf(
  reasoning: Reasoning,
  kind: Addressee['profile']['reasoning'],
): object | undefined {
  if (kind === 'none') return undefined;
  const includeThoughts = reasoning.show ?? true;
  const effort = effortOf(reasoning);
  if (kind === 'budget') {
    if (effort === 'none') return { thinkingBudget: 0 };
    return { thinkingBudget: budgetOf(reasoning) ?? -1, includeThoughts };
  }
  if (effort === undefined) return { includeThoughts };
  const isLow = effort === 'none' || effort === 'minimal' || effort === 'low';
  return { thinkingLevel: isLow ? 'low' : 'high', includeThoughts };
}

function writeTools(tools: readonly Tool[], losses: Losses): object[] {
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
    // A tool without arguments has no schema at all: an empty object is refused.
    const properties = schema?.['properties'];
    const hasArguments = properties !== undefined && Object.keys(properties as object).length > 0;
    const declared = hasArguments ? { parametersJsonSchema: schema } : {};
    declarations.push({ name, ...(description === undefined ? {} : { description }), ...declared });
  }
  return declarations.length > 0 ? [{ functionDeclarations: declarations }, ...others] : others;
}

const modes = { auto: 'AUTO', required: 'ANY', none: 'NONE', tool: 'ANY' } as const;

function writeToolChoice({ type, name }: ToolChoice): object {
  const names = name === undefined ? {} : { allowedFunctionNames: [name] };
  return { functionCallingConfig: { mode: modes[type], ...names } };
}
