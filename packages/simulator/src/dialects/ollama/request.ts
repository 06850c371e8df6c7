import { isObject, isString, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import type { Ask, Format, Reasoning, Tool } from '../../toy/ask.ts';
import { PromptReader } from '../../toy/memory.ts';
import { estimateTokens } from '../../toy/tokens.ts';
import { numberOf, reasoningOf, stopsOf } from '../openai/request.ts';
import { checkChat, checkImage, checkShared } from './rules.ts';

export interface OllamaRequest {
  readonly ask: Ask;
  /** On unless it is turned off. */
  readonly stream: boolean;
  readonly promptTokens: number;
}

/**
 * Reads the body of `POST /api/chat` (https://docs.ollama.com/api/chat).
 *
 * @throws {Refusal} as Ollama refuses
 */
export function readChat(body: JsonObject): OllamaRequest {
  const messages = checkChat(body);
  const last = messages.at(-1);
  const user = messages.findLast((message) => message['role'] === 'user');
  const results = messages.slice(messages.findLastIndex(({ role }) => role !== 'tool') + 1);
  const tools = toolsOf(body['tools']);
  const prompt = new PromptReader(stringOf(body['model']));
  for (const message of messages) prompt.read(message, 4 + tokensOf(message), false);
  return {
    ask: {
      ...shared(body),
      userText: stringOf(user?.['content']),
      toolResults: results.map(({ content }) => stringOf(content)),
      attachments: imagesOf(last),
      tools,
      toolChoice: tools.length === 0 ? 'none' : 'auto',
    },
    stream: body['stream'] !== false,
    promptTokens: prompt.tokens,
  };
}

/** Reads the body of `POST /api/generate` (https://docs.ollama.com/api/generate). */
export function readGenerate(body: JsonObject): OllamaRequest {
  checkShared(body, 'GenerateRequest');
  for (const image of Array.isArray(body['images']) ? body['images'] : []) checkImage(image);
  const text = stringOf(body['prompt']);
  return {
    ask: {
      ...shared(body),
      userText: text,
      toolResults: [],
      attachments: imagesOf(body),
      tools: [],
      toolChoice: 'none',
    },
    stream: body['stream'] !== false,
    promptTokens: estimateTokens(text.length + stringOf(body['system']).length) + 4,
  };
}

type Shared = Omit<Ask, 'userText' | 'toolResults' | 'attachments' | 'tools' | 'toolChoice'>;

function shared(body: JsonObject): Shared {
  const options = isObject(body['options']) ? body['options'] : {};
  const most = numberOf(options['num_predict']);
  return {
    model: stringOf(body['model']),
    parallelTools: true,
    speaksBeforeTools: false,
    format: formatOf(body['format']),
    // Less than nothing is as much as there is.
    maxTokens: most === undefined || most < 0 ? undefined : most,
    stop: stopsOf(options['stop']),
    reasoning: thinkOf(body['think']),
    variation: String(numberOf(options['seed']) ?? ''),
  };
}

function formatOf(format: unknown): Format {
  if (isObject(format)) return { schema: format };
  return format === 'json' ? 'json' : 'text';
}

const thinkOf = (think: unknown): Reasoning => (think === true ? 'medium' : reasoningOf(think));

const imagesOf = (message: JsonObject | undefined): readonly string[] =>
  Array.isArray(message?.['images']) ? message['images'].map(() => 'image') : [];

/** What an image counts, whatever its size. */
const tokensPerImage = 256;

function tokensOf(message: JsonObject): number {
  const calls = objectsOf(message['tool_calls']);
  const said =
    stringOf(message['content']).length + (calls.length ? JSON.stringify(calls).length : 0);
  return estimateTokens(said) + imagesOf(message).length * tokensPerImage;
}

function toolsOf(tools: unknown): readonly Tool[] {
  return objectsOf(tools)
    .map((tool) => tool['function'])
    .filter(isObject)
    .filter((tool) => isString(tool['name']))
    .map((tool) => ({ name: stringOf(tool['name']), parameters: tool['parameters'] }));
}
