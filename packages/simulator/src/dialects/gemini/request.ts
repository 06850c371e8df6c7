import { isObject, isString, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import type { Ask, Format, Reasoning, Tool, ToolChoice } from '../../toy/ask.ts';
import { PromptReader } from '../../toy/memory.ts';
import { estimateTokens } from '../../toy/tokens.ts';
import { readMessage } from './proto.ts';
import { alwaysThinks, checkRequest } from './rules.ts';

export interface ContentRequest {
  readonly ask: Ask;
  readonly candidateCount: number;
  readonly showsThoughts: boolean;
  readonly prompt: PromptReader;
}

/**
 * Reads the body of `models.generateContent` (https://ai.google.dev/api/generate-content).
 *
 * @throws {Refusal} as Google refuses
 */
export function readGenerateContent(json: JsonObject, model: string): ContentRequest {
  const body = readMessage(json, 'GenerateContentRequest');
  const contents = checkRequest(body, model);
  const config = objectAt(body, 'generationConfig');
  const thinking = objectAt(config, 'thinkingConfig');
  const last = contents.at(-1);
  const user = contents.findLast(
    (content) => content['role'] !== 'model' && textOf(content) !== '',
  );
  const tools = toolsOf(body);
  return {
    ask: {
      model,
      userText: textOf(user),
      toolResults: toolResultsOf(last),
      attachments: attachmentsOf(last),
      tools: allowed(tools, body),
      toolChoice: tools.length === 0 ? 'none' : toolChoiceOf(body),
      parallelTools: true,
      speaksBeforeTools: false,
      format: formatOf(config),
      maxTokens: numberOf(config['maxOutputTokens']),
      stop: Array.isArray(config['stopSequences']) ? config['stopSequences'].filter(isString) : [],
      reasoning: reasoningOf(thinking, model),
      variation: String(numberOf(config['seed']) ?? ''),
    },
    candidateCount: numberOf(config['candidateCount']) ?? 1,
    showsThoughts: thinking['includeThoughts'] === true,
    prompt: readPrompt(body, contents, model),
  };
}

/** Reads `models.countTokens`: the contents alone, or a whole request. */
export function readCountTokens(json: JsonObject, model: string): PromptReader {
  const body = readMessage(json, 'CountTokensRequest');
  const whole = body['generateContentRequest'];
  const counted = isObject(whole) ? whole : body;
  return readPrompt(counted, checkRequest(counted, model), model);
}

function readPrompt(
  body: JsonObject,
  contents: readonly JsonObject[],
  model: string,
): PromptReader {
  const prompt = new PromptReader(model);
  if (body['tools'] !== undefined) {
    prompt.read(body['tools'], estimateTokens(JSON.stringify(body['tools']).length), true);
  }
  const system = body['systemInstruction'];
  for (const content of isObject(system) ? [system, ...contents] : contents) {
    prompt.read(content, tokensOf(content), true);
  }
  return prompt;
}

/** What an image counts (https://ai.google.dev/gemini-api/docs/tokens), and any other file here. */
const tokensPerAttachment = 258;

const tokensOf = (content: JsonObject): number =>
  1 +
  objectsOf(content['parts']).reduce((sum, part) => {
    if (kindOf(part) !== undefined) return sum + tokensPerAttachment;
    const { thoughtSignature: _, ...said } = part;
    const text = isString(part['text']) ? part['text'] : JSON.stringify(said);
    return sum + estimateTokens(text.length);
  }, 0);

export const objectAt = (body: JsonObject, name: string): JsonObject =>
  isObject(body[name]) ? body[name] : {};

export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined;

export const textOf = (content: JsonObject | undefined): string =>
  objectsOf(content?.['parts'])
    .filter((part) => part['thought'] !== true)
    .map((part) => stringOf(part['text']))
    .filter((text) => text !== '')
    .join('\n');

function toolResultsOf(content: JsonObject | undefined): readonly string[] {
  return objectsOf(content?.['parts'])
    .map((part) => part['functionResponse'])
    .filter(isObject)
    .map((told) => {
      const response = objectAt(told, 'response');
      const result = response['output'] ?? response['result'] ?? response;
      return isString(result) ? result : JSON.stringify(result);
    });
}

/** `image`, `audio`, `video` or `file`; undefined where a part brings none. */
function kindOf(part: JsonObject): string | undefined {
  const blob = part['inlineData'] ?? part['fileData'];
  if (!isObject(blob)) return undefined;
  const [kind = ''] = stringOf(blob['mimeType']).split('/');
  return ['image', 'audio', 'video'].includes(kind) ? kind : 'file';
}

const attachmentsOf = (content: JsonObject | undefined): readonly string[] =>
  objectsOf(content?.['parts']).flatMap((part) => kindOf(part) ?? []);

function toolsOf(body: JsonObject): readonly Tool[] {
  return objectsOf(body['tools'])
    .flatMap((tool) => objectsOf(tool['functionDeclarations']))
    .map((tool) => ({
      name: stringOf(tool['name']),
      parameters: tool['parametersJsonSchema'] ?? jsonSchema(tool['parameters']),
    }));
}

const callingConfig = (body: JsonObject): JsonObject =>
  objectAt(objectAt(body, 'toolConfig'), 'functionCallingConfig');

function allowed(tools: readonly Tool[], body: JsonObject): readonly Tool[] {
  const names = callingConfig(body)['allowedFunctionNames'];
  if (!Array.isArray(names) || names.length === 0) return tools;
  return tools.filter(({ name }) => names.includes(name));
}

function toolChoiceOf(body: JsonObject): ToolChoice {
  const { mode } = callingConfig(body);
  return mode === 'NONE' ? 'none' : mode === 'ANY' ? 'required' : 'auto';
}

function formatOf(config: JsonObject): Format {
  if (config['responseMimeType'] !== 'application/json') return 'text';
  const schema = config['responseJsonSchema'] ?? jsonSchema(config['responseSchema']);
  return schema === undefined ? 'json' : { schema };
}

const counts = ['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'];

/** Google's schema is JSON Schema with types in capitals and 64-bit numbers as text. */
function jsonSchema(schema: unknown): unknown {
  if (!isObject(schema)) return undefined;
  const made: Record<string, unknown> = { ...schema };
  if (isString(schema['type'])) made['type'] = schema['type'].toLowerCase();
  for (const name of counts) if (name in made) made[name] = Number(made[name]);
  if ('items' in made) made['items'] = jsonSchema(made['items']);
  if ('anyOf' in made) made['anyOf'] = objectsOf(made['anyOf']).map(jsonSchema);
  if (isObject(schema['properties'])) {
    made['properties'] = Object.fromEntries(
      Object.entries(schema['properties']).map(([name, one]) => [name, jsonSchema(one)]),
    );
  }
  return made;
}

const levels = new Map<unknown, Reasoning>([
  ['MINIMAL', 'low'],
  ['LOW', 'low'],
  ['MEDIUM', 'medium'],
  ['HIGH', 'high'],
]);

/** From 8,192 tokens on, OpenAI's compatible endpoint at Google calls a budget medium. */
const mediumBudget = 8192;

function reasoningOf(thinking: JsonObject, model: string): Reasoning {
  const level = levels.get(thinking['thinkingLevel']);
  if (level !== undefined) return level;
  const budget = numberOf(thinking['thinkingBudget']);
  if (budget === 0) return 'none';
  if (budget !== undefined) return budget < 0 || budget >= mediumBudget ? 'medium' : 'low';
  return thinking['includeThoughts'] === true || alwaysThinks(model) ? 'medium' : 'none';
}
