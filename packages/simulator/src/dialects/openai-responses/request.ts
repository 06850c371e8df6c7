import { isObject, isString, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import type { Ask, Format, Reasoning, Tool, ToolChoice } from '../../toy/ask.ts';
import { PromptReader } from '../../toy/memory.ts';
import { estimateTokens } from '../../toy/tokens.ts';
import { numberOf, reasoningOf, textOf } from '../openai/request.ts';
import { checkResponses } from './rules.ts';
import type { StoredResponses } from '../../toy/stored-responses.ts';

export interface ResponseRequest {
  readonly ask: Ask;
  readonly stream: boolean;
  /** Whether a summary of the reasoning is told. */
  readonly showsSummary: boolean;
  /** Whether the sealed reasoning is told, for callers who keep the conversation themselves. */
  readonly showsSealed: boolean;
  readonly prompt: PromptReader;
  /** The conversation, with what was stored of it. */
  readonly items: readonly JsonObject[];
  /** What the answer repeats of the request. */
  readonly echo: JsonObject;
}

/**
 * Reads the body of `POST /v1/responses` (OpenAI's OpenAPI document, `CreateResponse`).
 *
 * @throws {Refusal} as OpenAI refuses
 */
export function readResponses(body: JsonObject, stored: StoredResponses): ResponseRequest {
  const items = checkResponses(body, stored);
  const model = stringOf(body['model']);
  const last = items.at(-1);
  const user = items.findLast((item) => item['role'] === 'user');
  const tools = toolsOf(body);
  const reasoning = isObject(body['reasoning']) ? body['reasoning'] : {};
  const include = Array.isArray(body['include']) ? body['include'] : [];
  return {
    ask: {
      model,
      userText: textOf(user?.['content']),
      toolResults: toolResultsAtEnd(items),
      attachments: attachmentsOf(last?.['content']),
      tools,
      toolChoice: tools.length === 0 ? 'none' : toolChoiceOf(body['tool_choice']),
      parallelTools: body['parallel_tool_calls'] !== false,
      speaksBeforeTools: false,
      format: formatOf(body['text']),
      maxTokens: numberOf(body['max_output_tokens']),
      stop: [],
      reasoning: effortOf(reasoning, model),
      variation: '',
    },
    stream: body['stream'] === true,
    showsSummary: isString(reasoning['summary']),
    showsSealed: include.includes('reasoning.encrypted_content'),
    prompt: readPrompt(body, items),
    items,
    echo: echoOf(body, reasoning),
  };
}

function readPrompt(body: JsonObject, items: readonly JsonObject[]): PromptReader {
  const prompt = new PromptReader(stringOf(body['model']));
  for (const name of ['tools', 'instructions']) {
    const part = body[name];
    if (part === undefined || part === null) continue;
    prompt.read(part, estimateTokens(JSON.stringify(part).length), true);
  }
  for (const item of items) prompt.read(item, 4 + tokensOf(item), true);
  prompt.tokens += 3;
  return prompt;
}

/** What a part that is not text counts, whatever its size. */
const tokensPerAttachment = 256;

function tokensOf(item: JsonObject): number {
  const attached = attachmentsOf(item['content']).length * tokensPerAttachment;
  const isMessage = item['content'] !== undefined;
  const said = isMessage ? textOf(item['content']) : JSON.stringify(item);
  return estimateTokens(said.length) + attached;
}

function toolResultsAtEnd(items: readonly JsonObject[]): readonly string[] {
  const before = items.findLastIndex((item) => item['type'] !== 'function_call_output');
  return items.slice(before + 1).map((item) => textOf(item['output']));
}

const attachmentKinds = new Map([
  ['input_image', 'image'],
  ['input_audio', 'audio clip'],
  ['input_file', 'file'],
]);

const attachmentsOf = (content: unknown): readonly string[] =>
  objectsOf(content).flatMap((part) => attachmentKinds.get(stringOf(part['type'])) ?? []);

/** Of tools that run on the vendor's side, and of custom ones, the toy knows nothing. */
function toolsOf(body: JsonObject): readonly Tool[] {
  const choice = isObject(body['tool_choice']) ? body['tool_choice'] : {};
  const allowed = choice['type'] === 'allowed_tools' ? objectsOf(choice['tools']) : undefined;
  return objectsOf(body['tools'])
    .filter((tool) => tool['type'] === 'function')
    .filter((tool) => allowed?.some((one) => one['name'] === tool['name']) ?? true)
    .map((tool) => ({ name: stringOf(tool['name']), parameters: tool['parameters'] ?? undefined }));
}

function toolChoiceOf(choice: unknown): ToolChoice {
  if (choice === 'none' || choice === 'required') return choice;
  if (!isObject(choice)) return 'auto';
  if (choice['type'] === 'function') return { name: stringOf(choice['name']) };
  return choice['mode'] === 'required' ? 'required' : 'auto';
}

function formatOf(text: unknown): Format {
  const format = isObject(text) ? text['format'] : undefined;
  if (!isObject(format)) return 'text';
  if (format['type'] === 'json_schema') return { schema: format['schema'] };
  return format['type'] === 'json_object' ? 'json' : 'text';
}

/** Models that always reason do so at a medium effort unless told otherwise. */
function effortOf(reasoning: JsonObject, model: string): Reasoning {
  const { effort } = reasoning;
  if (isString(effort)) return reasoningOf(effort);
  return /^(o\d|gpt-5(?!\.))/.test(model) || isString(reasoning['summary']) ? 'medium' : 'none';
}

function echoOf(body: JsonObject, reasoning: JsonObject): JsonObject {
  const text = isObject(body['text']) ? body['text'] : {};
  return {
    background: false,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    max_tool_calls: body['max_tool_calls'] ?? null,
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: body['previous_response_id'] ?? null,
    prompt_cache_key: body['prompt_cache_key'] ?? null,
    reasoning: { effort: reasoning['effort'] ?? null, summary: reasoning['summary'] ?? null },
    safety_identifier: body['safety_identifier'] ?? null,
    service_tier: 'default',
    store: body['store'] ?? true,
    temperature: body['temperature'] ?? 1,
    text: {
      format: text['format'] ?? { type: 'text' },
      verbosity: text['verbosity'] ?? 'medium',
    },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: objectsOf(body['tools']),
    top_logprobs: body['top_logprobs'] ?? 0,
    top_p: body['top_p'] ?? 1,
    truncation: body['truncation'] ?? 'disabled',
    user: body['user'] ?? null,
    metadata: body['metadata'] ?? {},
  };
}
