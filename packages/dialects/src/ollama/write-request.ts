import type { Addressee, WrittenRequest } from '../codec.ts';
import { effortOf } from '../effort.ts';
import type { Effort, FunctionTool, Intent, Reasoning, Tool } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { onlyOne, type ParamTable, writeParams } from '../params.ts';
import { tellExtras } from '../turns.ts';
import { writeTurns } from './write-turns.ts';

/** Writes a request of Ollama's chat. */
export function writeRequest(intent: Intent, to: Addressee, losses: Losses): WrittenRequest {
  const { format, stream } = intent;
  const body: Record<string, unknown> = {
    model: to.model,
    messages: writeTurns(intent, to, losses),
    // It would stream if nothing were said.
    stream,
  };
  const options: Record<string, unknown> = {};
  writeParams(intent, paramTable(intent, to, body, options, losses), body, losses);
  if (Object.keys(options).length > 0) body['options'] = options;
  const tools = offered(intent, losses).map(writeTool);
  if (tools.length > 0) body['tools'] = tools;
  if (format !== undefined) body['format'] = format.schema ?? 'json';
  tellExtras(intent, losses);
  return { body: JSON.stringify(body) };
}

function paramTable(
  intent: Intent,
  { profile }: Addressee,
  body: Record<string, unknown>,
  options: Record<string, unknown>,
  losses: Losses,
): ParamTable {
  const { paths } = intent;
  const option = (field: string) => (value: unknown) => {
    options[field] = value;
  };
  return {
    maxTokens: option('num_predict'),
    temperature: option('temperature'),
    topP: option('top_p'),
    topK: option('top_k'),
    stop: option('stop'),
    seed: option('seed'),
    frequencyPenalty: option('frequency_penalty'),
    presencePenalty: option('presence_penalty'),
    n: onlyOne(intent),
    logprobs: 'logprobs',
    topLogprobs: 'top_logprobs',
    logitBias: null,
    user: null,
    serviceTier: null,
    verbosity: null,
    cacheKey: null,
    metadata: null,
    store: null,
    parallelTools: (value) => {
      if (value) return;
      const path = paths.parallelTools ?? 'parallel_tool_calls';
      losses.dropped(path, 'this provider cannot be held to one call at a time');
    },
    reasoning: (value) => {
      const think = thinkOf(value);
      if (profile.reasoning === 'none' && think !== false) {
        losses.dropped(paths.reasoning ?? 'reasoning', 'this model does not reason');
      } else body['think'] = think;
    },
  };
}

/** Ollama knows fewer steps than others (Ollama API, `think`). */
const levels: Readonly<Record<Effort, string | false>> = {
  none: false,
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'max',
};

function thinkOf(reasoning: Reasoning): string | boolean {
  const effort = effortOf(reasoning);
  return effort === undefined ? true : levels[effort];
}

/** The model chooses among the tools it is given, and cannot be told to choose. */
function offered({ tools, toolChoice }: Intent, losses: Losses): readonly FunctionTool[] {
  if (toolChoice?.type === 'none') return [];
  const known = tools.filter((tool) => isFunction(tool, losses));
  if (toolChoice?.type === 'required') {
    losses.dropped(toolChoice.path, 'this provider cannot be made to call a tool');
  }
  if (toolChoice?.type !== 'tool') return known;
  losses.altered(toolChoice.path, 'no other tool was offered, but none need be called');
  return known.filter(({ name }) => name === toolChoice.name);
}

function isFunction(tool: Tool, losses: Losses): tool is FunctionTool {
  if (tool.kind === 'function') return true;
  losses.dropped(tool.path, `the tool ${tool.type} runs at another vendor`);
  return false;
}

function writeTool({ name, description, schema }: FunctionTool): object {
  const parameters = schema ?? { type: 'object', properties: {} };
  return { type: 'function', function: { name, description, parameters } };
}
