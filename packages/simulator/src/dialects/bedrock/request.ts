import { isObject, isString, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import type { Ask, Format, Reasoning, Tool, ToolChoice } from '../../toy/ask.ts';
import { PromptReader } from '../../toy/memory.ts';
import { estimateTokens } from '../../toy/tokens.ts';
import { numberOf, reasoningOf, stopsOf } from '../openai/request.ts';
import { checkConverse } from './rules.ts';

export interface ConverseRequest {
  readonly ask: Ask;
  readonly prompt: PromptReader;
}

/**
 * Reads the body of `Converse` and `ConverseStream` (Amazon Bedrock API reference).
 *
 * @throws {Refusal} as Bedrock refuses
 */
export function readConverse(body: JsonObject, model: string): ConverseRequest {
  const messages = checkConverse(body);
  const config = objectAt(body, 'inferenceConfig');
  const toolConfig = objectAt(body, 'toolConfig');
  const last = messages.at(-1);
  const user = messages.findLast((message) => message['role'] === 'user' && textOf(message) !== '');
  const tools = toolsOf(toolConfig);
  const toolChoice = tools.length === 0 ? 'none' : toolChoiceOf(objectAt(toolConfig, 'toolChoice'));
  return {
    ask: {
      model,
      userText: textOf(user),
      toolResults: toolResultsOf(last),
      attachments: attachmentsOf(last),
      tools,
      toolChoice,
      parallelTools: true,
      speaksBeforeTools: toolChoice === 'auto',
      format: formatOf(body),
      maxTokens: numberOf(config['maxTokens']),
      stop: stopsOf(config['stopSequences']),
      reasoning: thinkingOf(objectAt(body, 'additionalModelRequestFields')),
      variation: '',
    },
    prompt: readPrompt(body, messages, model),
  };
}

export const objectAt = (body: JsonObject, name: string): JsonObject =>
  isObject(body[name]) ? body[name] : {};

/** A `cachePoint` marks what stands before it. */
function readPrompt(
  body: JsonObject,
  messages: readonly JsonObject[],
  model: string,
): PromptReader {
  const prompt = new PromptReader(model);
  const parts = [
    ...objectsOf(objectAt(body, 'toolConfig')['tools']),
    ...objectsOf(body['system']),
    ...messages.flatMap(({ content }) => objectsOf(content)),
  ];
  for (const [index, part] of parts.entries()) {
    if ('cachePoint' in part) continue;
    prompt.read(part, tokensOf(part), 'cachePoint' in (parts[index + 1] ?? {}));
  }
  prompt.tokens += 4 * messages.length + 3;
  return prompt;
}

const attachmentKinds = new Map([
  ['image', 'image'],
  ['document', 'file'],
  ['video', 'video'],
  ['audio', 'audio clip'],
]);

/** What a block that is not text counts, whatever its size. */
const tokensPerAttachment = 256;

function tokensOf(part: JsonObject): number {
  if (kindOf(part) !== undefined) return tokensPerAttachment;
  const text = isString(part['text']) ? part['text'] : JSON.stringify(part);
  return estimateTokens(text.length);
}

const kindOf = (block: JsonObject): string | undefined => {
  const [kind = ''] = Object.keys(block);
  return attachmentKinds.get(kind);
};

const attachmentsOf = (message: JsonObject | undefined): readonly string[] =>
  objectsOf(message?.['content']).flatMap((block) => kindOf(block) ?? []);

const textOf = (message: JsonObject | undefined): string =>
  objectsOf(message?.['content'])
    .map((block) => stringOf(block['text']))
    .filter((text) => text !== '')
    .join('\n');

function toolResultsOf(message: JsonObject | undefined): readonly string[] {
  return objectsOf(message?.['content'])
    .map((block) => block['toolResult'])
    .filter(isObject)
    .map((result) =>
      objectsOf(result['content'])
        .map((part) => (isString(part['text']) ? part['text'] : JSON.stringify(part['json'] ?? '')))
        .join('\n'),
    );
}

function toolsOf(config: JsonObject): readonly Tool[] {
  return objectsOf(config['tools'])
    .map((tool) => tool['toolSpec'])
    .filter(isObject)
    .map((spec) => ({
      name: stringOf(spec['name']),
      parameters: objectAt(spec, 'inputSchema')['json'],
    }));
}

function toolChoiceOf(choice: JsonObject): ToolChoice {
  if (isObject(choice['tool'])) return { name: stringOf(choice['tool']['name']) };
  return 'any' in choice ? 'required' : 'auto';
}

function formatOf(body: JsonObject): Format {
  const format = objectAt(objectAt(body, 'outputConfig'), 'textFormat');
  const { schema } = objectAt(objectAt(format, 'structure'), 'jsonSchema');
  if (!isString(schema)) return 'text';
  return { schema: JSON.parse(schema) as unknown };
}

/** Converse has no word of its own for it: every maker's models have theirs. */
function thinkingOf(more: JsonObject): Reasoning {
  const { type } = objectAt(more, 'thinking');
  if (type === 'enabled' || type === 'adaptive') return 'medium';
  const nova = objectAt(more, 'reasoningConfig');
  if (nova['type'] === 'enabled') return reasoningOf(nova['maxReasoningEffort'] ?? 'medium');
  return reasoningOf(more['reasoning_effort'] ?? more['reasoning_config']);
}
