import type { Addressee, WrittenRequest } from '../codec.ts';
import { effortOf } from '../effort.ts';
import type { Intent, Tool } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { writeFormat, writeTool, writeToolChoice } from '../openai-chat/write-request.ts';
import { type ParamTable, sampler, writeParams } from '../params.ts';
import { hoisted, tellExtras } from '../turns.ts';
import { writeTurns } from './write-turns.ts';

/** Highest temperature (Mistral API reference, "ChatCompletionRequest"). */
const HOTTEST = 1.5;

/** Writes a request of Mistral's chat, which refuses every field that it does not know. */
export function writeRequest(intent: Intent, to: Addressee, losses: Losses): WrittenRequest {
  const { tools, toolChoice, format, stream } = intent;
  const { system, turns } = hoisted(intent, losses);
  const body: Record<string, unknown> = {
    model: to.model,
    messages: writeTurns(system, turns, to, losses),
  };
  writeParams(intent, paramTable(intent, to, body, losses), body, losses);
  // Usage comes with the last chunk, unasked.
  if (stream) body['stream'] = true;
  const written = tools.flatMap((tool) => writeTool(withSchema(tool), losses, 'mistral'));
  if (written.length > 0) {
    body['tools'] = written;
    if (toolChoice !== undefined) body['tool_choice'] = writeToolChoice(toolChoice);
  } else delete body['parallel_tool_calls'];
  if (format !== undefined) body['response_format'] = writeFormat(format);
  tellExtras(intent, losses);
  return { body: JSON.stringify(body) };
}

/** A tool without arguments has to say so. */
const withSchema = (tool: Tool): Tool =>
  tool.kind === 'function' && tool.schema === undefined
    ? { ...tool, schema: { type: 'object', properties: {} } }
    : tool;

function paramTable(
  intent: Intent,
  { profile }: Addressee,
  body: Record<string, unknown>,
  losses: Losses,
): ParamTable {
  const { paths } = intent;
  const sampled = sampler(intent, profile, HOTTEST, losses);
  const into = (field: string) => (value: number) => {
    body[field] = value;
  };
  return {
    maxTokens: 'max_tokens',
    temperature: sampled('temperature', into('temperature')),
    topP: sampled('topP', into('top_p')),
    topK: null,
    stop: 'stop',
    seed: 'random_seed',
    frequencyPenalty: 'frequency_penalty',
    presencePenalty: 'presence_penalty',
    n: 'n',
    logprobs: null,
    topLogprobs: null,
    logitBias: null,
    user: null,
    serviceTier: null,
    verbosity: null,
    cacheKey: 'prompt_cache_key',
    metadata: 'metadata',
    store: null,
    parallelTools: 'parallel_tool_calls',
    reasoning: (value) => {
      const path = paths.reasoning ?? 'reasoning_effort';
      const effort = effortOf(value);
      if (profile.reasoning === 'none') {
        losses.dropped(path, 'this model cannot be told how much to reason');
      } else if (effort === 'none') body['reasoning_effort'] = 'none';
      else {
        if (effort !== 'high') losses.altered(path, 'this provider knows high and none');
        body['reasoning_effort'] = 'high';
      }
    },
  };
}
