import { isObject, isString, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import type { Ask, Format, Reasoning, Tool, ToolChoice } from '../../toy/ask.ts';
import { PromptReader } from '../../toy/memory.ts';
import { estimateTokens } from '../../toy/tokens.ts';
import { checkChat } from './rules.ts';

/** What a chat completion asks, apart from which of `n` answers it is. */
export interface Chat {
  readonly ask: Ask;
  readonly n: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly prompt: PromptReader;
}

/**
 * Reads the body of `POST /v1/chat/completions` (OpenAI's OpenAPI document,
 * `CreateChatCompletionRequest`).
 *
 * @throws {Refusal} as OpenAI refuses
 */
export const readChat = (body: JsonObject): Chat => chatOf(body, checkChat(body));

/** The same of messages that were looked at, for those who say it alike and refuse other things. */
export function chatOf(body: JsonObject, messages: readonly JsonObject[]): Chat {
  const tools = toolsOf(body);
  const last = messages.at(-1);
  const user = messages.findLast((message) => message['role'] === 'user');
  const options = body['stream_options'];
  return {
    ask: {
      model: stringOf(body['model']),
      userText: textOf(user?.['content']),
      toolResults: last?.['role'] === 'tool' ? toolResultsAtEnd(messages) : [],
      attachments: attachmentsOf(last?.['content']),
      tools,
      toolChoice: tools.length === 0 ? 'none' : toolChoiceOf(body['tool_choice']),
      parallelTools: body['parallel_tool_calls'] !== false,
      speaksBeforeTools: false,
      format: formatOf(body['response_format']),
      maxTokens: numberOf(body['max_completion_tokens']) ?? numberOf(body['max_tokens']),
      stop: stopsOf(body['stop']),
      reasoning: reasoningOf(body['reasoning_effort']),
      variation: String(numberOf(body['seed']) ?? ''),
    },
    n: numberOf(body['n']) ?? 1,
    stream: body['stream'] === true,
    includeUsage: isObject(options) && options['include_usage'] === true,
    prompt: readPrompt(body, messages),
  };
}

export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined;

export const stopsOf = (value: unknown): readonly string[] =>
  isString(value) ? [value] : Array.isArray(value) ? value.filter(isString) : [];

function readPrompt(body: JsonObject, messages: readonly JsonObject[]): PromptReader {
  const prompt = new PromptReader(stringOf(body['model']));
  if (body['tools'] !== undefined) {
    prompt.read(body['tools'], estimateTokens(JSON.stringify(body['tools']).length), true);
  }
  for (const message of messages) prompt.read(message, 4 + tokensOf(message), true);
  prompt.tokens += 3;
  return prompt;
}

/** What a part that is not text counts, whatever its size. */
const tokensPerAttachment = 256;

function tokensOf(message: JsonObject): number {
  const calls = message['tool_calls'];
  const attached = attachmentsOf(message['content']).length * tokensPerAttachment;
  const said = textOf(message['content']).length + (calls ? JSON.stringify(calls).length : 0);
  return estimateTokens(said) + attached;
}

export function textOf(content: unknown): string {
  if (isString(content)) return content;
  return objectsOf(content)
    .map((part) => stringOf(part['text']))
    .filter((text) => text !== '')
    .join('\n');
}

const attachmentKinds = new Map([
  ['image_url', 'image'],
  ['input_audio', 'audio clip'],
  ['file', 'file'],
]);

function attachmentsOf(content: unknown): readonly string[] {
  return objectsOf(content).flatMap((part) => attachmentKinds.get(stringOf(part['type'])) ?? []);
}

function toolResultsAtEnd(messages: readonly JsonObject[]): readonly string[] {
  const before = messages.findLastIndex((message) => message['role'] !== 'tool');
  return messages.slice(before + 1).map((message) => textOf(message['content']));
}

function toolsOf(body: JsonObject): readonly Tool[] {
  return objectsOf(body['tools'])
    .map((tool) => tool['function'])
    .filter(isObject)
    .map((tool) => ({ name: stringOf(tool['name']), parameters: tool['parameters'] }));
}

function toolChoiceOf(choice: unknown): ToolChoice {
  if (choice === 'none' || choice === 'required') return choice;
  if (!isObject(choice)) return 'auto';
  if (isObject(choice['function'])) return { name: stringOf(choice['function']['name']) };
  const allowed = choice['allowed_tools'];
  return isObject(allowed) && allowed['mode'] === 'required' ? 'required' : 'auto';
}

function formatOf(format: unknown): Format {
  if (!isObject(format)) return 'text';
  if (format['type'] === 'json_object') return 'json';
  const described = format['json_schema'];
  if (format['type'] !== 'json_schema' || !isObject(described)) return 'text';
  return { schema: described['schema'] };
}

const efforts = new Map<string, Reasoning>([
  ['minimal', 'low'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'high'],
  ['max', 'high'],
]);

export const reasoningOf = (effort: unknown): Reasoning => efforts.get(stringOf(effort)) ?? 'none';
