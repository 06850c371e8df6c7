import type { Addressee, WrittenRequest } from '../codec.ts';
import { budgetOf } from '../effort.ts';
import { formatInstruction } from '../format.ts';
import type { Intent, OutputFormat, Params, Tool } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { writeTool } from '../openai-chat/write-request.ts';
import { onlyOne, type ParamTable, sampler, writeParams } from '../params.ts';
import { tellExtras } from '../turns.ts';
import { TurnWriter } from './write-turns.ts';

/** Writes a request of Cohere's chat. */
export function writeRequest(intent: Intent, to: Addressee, losses: Losses): WrittenRequest {
  const { format, stream } = intent;
  const turns = new TurnWriter(to, losses);
  const messages = turns.write(intent.turns);
  const body: Record<string, unknown> = { model: to.model, messages, stream };
  writeParams(intent, paramTable(intent, to, body, losses), body, losses);
  const tools = writeTools(intent, body, losses);
  if (turns.documents.length > 0) body['documents'] = turns.documents;
  if (format !== undefined && (tools || turns.documents.length > 0)) {
    // Cohere refuses it together with tools or documents.
    losses.altered(format.path, 'asked for in the instructions');
    messages.unshift({ role: 'system', content: formatInstruction(format.schema) });
  } else if (format !== undefined) body['response_format'] = writeFormat(format);
  tellExtras(intent, losses);
  return { body: JSON.stringify(body) };
}

const writeFormat = ({ schema }: OutputFormat): object => ({
  type: 'json_object',
  ...(schema === undefined ? {} : { json_schema: schema }),
});

/** Writes tools and which to call; says whether there are any. */
function writeTools(
  { tools, toolChoice }: Intent,
  body: Record<string, unknown>,
  losses: Losses,
): boolean {
  const isOnly = toolChoice?.type === 'tool';
  // One tool is chosen by offering no other.
  const offered = tools.filter(
    (tool) => !isOnly || (tool.kind === 'function' && tool.name === toolChoice.name),
  );
  const written = offered.flatMap((tool) => writeTool(withSchema(tool), losses));
  if (written.length === 0) return false;
  body['tools'] = written;
  if (isOnly || toolChoice?.type === 'required') body['tool_choice'] = 'REQUIRED';
  else if (toolChoice?.type === 'none') body['tool_choice'] = 'NONE';
  if (offered.some((tool) => tool.kind === 'function' && tool.strict === true)) {
    body['strict_tools'] = true;
  }
  return true;
}

/** A tool without arguments has to say so; whether it is strict is said once for all. */
const withSchema = (tool: Tool): Tool =>
  tool.kind === 'function'
    ? { ...tool, strict: undefined, schema: tool.schema ?? { type: 'object', properties: {} } }
    : tool;

const MAX_STOPS = 5;

function paramTable(
  intent: Intent,
  { profile }: Addressee,
  body: Record<string, unknown>,
  losses: Losses,
): ParamTable {
  const { paths } = intent;
  const sampled = sampler(intent, profile, 1, losses);
  const into = (field: string) => (value: number) => {
    body[field] = value;
  };
  /** Others are refused (Cohere API reference, "Chat API (v2)", Request). */
  const within =
    (name: keyof Params, field: string, least: number, most: number) => (value: number) => {
      const taken = Math.min(Math.max(value, least), most);
      if (taken !== value) losses.altered(paths[name] ?? field, `set to ${taken}`);
      body[field] = taken;
    };
  return {
    maxTokens: 'max_tokens',
    temperature: sampled('temperature', into('temperature')),
    topP: sampled('topP', within('topP', 'p', 0.01, 0.99)),
    topK: sampled('topK', within('topK', 'k', 0, 500)),
    stop: (value) => {
      body['stop_sequences'] = value.slice(0, MAX_STOPS);
      if (value.length > MAX_STOPS) losses.altered(paths.stop ?? 'stop', 'only five are taken');
    },
    seed: 'seed',
    frequencyPenalty: within('frequencyPenalty', 'frequency_penalty', 0, 1),
    presencePenalty: within('presencePenalty', 'presence_penalty', 0, 1),
    n: onlyOne(intent),
    // They are of pieces of text there, not of tokens.
    logprobs: null,
    topLogprobs: null,
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
      const isOff = value.effort === 'none' || value.budget === 0;
      if (profile.reasoning === 'none') {
        if (!isOff) losses.dropped(paths.reasoning ?? 'reasoning', 'this model does not reason');
        return;
      }
      const thinking = { type: 'enabled', token_budget: budgetOf(value) };
      body['thinking'] = isOff ? { type: 'disabled' } : thinking;
    },
  };
}
