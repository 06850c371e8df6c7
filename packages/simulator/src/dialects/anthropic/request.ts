import { isObject, isString, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import type { Ask, Format, Reasoning, Tool, ToolChoice } from '../../toy/ask.ts';
import { PromptReader } from '../../toy/memory.ts';
import { estimateTokens } from '../../toy/tokens.ts';
import { checkMessages } from './rules.ts';

export interface MessageRequest {
  readonly ask: Ask;
  readonly stream: boolean;
  /** Whether the thinking is told, or its signature only. */
  readonly showsThinking: boolean;
  readonly prompt: PromptReader;
}

/**
 * Reads the body of `POST /v1/messages` (https://docs.claude.com/en/api/messages), of either API
 * version.
 *
 * @throws {Refusal} as Anthropic refuses
 */
export function readMessages(body: JsonObject): MessageRequest {
  const messages = checkMessages(body, 'create');
  const last = messages.at(-1);
  const user = messages.findLast((message) => message['role'] === 'user');
  const tools = toolsOf(body['tools']);
  const choice = isObject(body['tool_choice']) ? body['tool_choice'] : {};
  const toolChoice = tools.length === 0 ? 'none' : toolChoiceOf(choice);
  const thinking = isObject(body['thinking']) ? body['thinking'] : {};
  return {
    ask: {
      model: stringOf(body['model']),
      userText: textOf(user?.['content']),
      toolResults: toolResultsOf(last?.['content']),
      attachments: attachmentsOf(last?.['content']),
      tools,
      toolChoice,
      parallelTools: choice['disable_parallel_tool_use'] !== true,
      speaksBeforeTools: toolChoice === 'auto',
      format: formatOf(body),
      maxTokens: body['max_tokens'] as number,
      stop: stopsOf(body['stop_sequences']),
      reasoning: reasoningOf(body, thinking),
      variation: '',
    },
    stream: body['stream'] === true,
    showsThinking: thinking['display'] !== 'omitted',
    prompt: readPrompt(body, messages),
  };
}

/** Reads the same for `POST /v1/messages/count_tokens`, which wants no `max_tokens`. */
export function countPrompt(body: JsonObject): number {
  return readPrompt(body, checkMessages(body, 'count')).tokens;
}

/** In the order in which Anthropic caches: tools, system, messages. */
function readPrompt(body: JsonObject, messages: readonly JsonObject[]): PromptReader {
  const prompt = new PromptReader(stringOf(body['model']));
  const isMarked = (part: JsonObject): boolean => isObject(part['cache_control']);
  for (const tool of objectsOf(body['tools'])) {
    prompt.read(tool, estimateTokens(JSON.stringify(tool).length), isMarked(tool));
  }
  for (const block of blocksOf(body['system'])) {
    prompt.read(block, tokensOf(block), isMarked(block));
  }
  for (const [index, message] of messages.entries()) {
    const blocks = blocksOf(message['content']);
    for (const [position, block] of blocks.entries()) {
      const isLast = index === messages.length - 1 && position === blocks.length - 1;
      const tokens = tokensOf(block) + (position === 0 ? 4 : 0);
      // A mark on the request itself stands for one on the last block.
      prompt.read([message['role'], block], tokens, isMarked(block) || (isLast && isMarked(body)));
    }
  }
  prompt.tokens += 3;
  return prompt;
}

export function blocksOf(content: unknown): readonly JsonObject[] {
  return isString(content) ? [{ type: 'text', text: content }] : objectsOf(content);
}

const attachmentKinds = new Set(['image', 'document']);

/** What a block that is not text counts, whatever its size. */
const tokensPerAttachment = 256;

function tokensOf(block: JsonObject): number {
  const type = stringOf(block['type']);
  if (attachmentKinds.has(type)) return tokensPerAttachment;
  if (type === 'text') return estimateTokens(stringOf(block['text']).length);
  if (type === 'tool_result') {
    return 4 + blocksOf(block['content']).reduce((sum, part) => sum + tokensOf(part), 0);
  }
  return estimateTokens(JSON.stringify(block).length);
}

function textOf(content: unknown): string {
  return blocksOf(content)
    .map((block) => (block['type'] === 'text' ? stringOf(block['text']) : ''))
    .filter((text) => text !== '')
    .join('\n');
}

function toolResultsOf(content: unknown): readonly string[] {
  return objectsOf(content)
    .filter((block) => block['type'] === 'tool_result')
    .map((block) => textOf(block['content']));
}

function attachmentsOf(content: unknown): readonly string[] {
  return objectsOf(content)
    .map((block) => stringOf(block['type']))
    .filter((type) => attachmentKinds.has(type));
}

/** Only tools with a schema are the caller's; the others run on the vendor's side. */
function toolsOf(tools: unknown): readonly Tool[] {
  return objectsOf(tools)
    .filter((tool) => isObject(tool['input_schema']))
    .map((tool) => ({ name: stringOf(tool['name']), parameters: tool['input_schema'] }));
}

function toolChoiceOf(choice: JsonObject): ToolChoice {
  if (choice['type'] === 'none') return 'none';
  if (choice['type'] === 'any') return 'required';
  return choice['type'] === 'tool' ? { name: stringOf(choice['name']) } : 'auto';
}

/** `output_config.format`; before it was `output_format`, behind a beta header. */
function formatOf(body: JsonObject): Format {
  const config = isObject(body['output_config']) ? body['output_config'] : {};
  const format = config['format'] ?? body['output_format'];
  return isObject(format) && format['type'] === 'json_schema'
    ? { schema: format['schema'] }
    : 'text';
}

const stopsOf = (stops: unknown): readonly string[] =>
  Array.isArray(stops) ? stops.filter(isString) : [];

function reasoningOf(body: JsonObject, thinking: JsonObject): Reasoning {
  if (thinking['type'] !== 'enabled' && thinking['type'] !== 'adaptive') return 'none';
  const config = isObject(body['output_config']) ? body['output_config'] : {};
  if (config['effort'] === 'low') return 'low';
  return ['high', 'xhigh', 'max'].includes(stringOf(config['effort'])) ? 'high' : 'medium';
}
