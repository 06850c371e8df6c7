import { isObject, isString, type JsonObject } from '../../json.ts';
import { Refusal } from '../dialect.ts';

/**
 * The messages of Google's `generativelanguage.v1beta` that a request is made of, and what their
 * fields hold: another message, `bytes`, an enum by its name, or what is not looked into (`*`).
 * `[]` is a list, `{}` a map. Vertex' `labels`, `modelArmorConfig`, `partialArgs` and `willContinue` are among them.
 */
const messages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  GenerateContentRequest: {
    model: '*',
    contents: 'Content[]',
    systemInstruction: 'Content',
    tools: 'Tool[]',
    toolConfig: 'ToolConfig',
    safetySettings: '*',
    generationConfig: 'GenerationConfig',
    cachedContent: '*',
    labels: '*',
    modelArmorConfig: '*',
    serviceTier: '*',
    store: '*',
  },
  CountTokensRequest: {
    model: '*',
    contents: 'Content[]',
    generateContentRequest: 'GenerateContentRequest',
    systemInstruction: 'Content',
    tools: 'Tool[]',
    generationConfig: 'GenerationConfig',
  },
  EmbedContentRequest: {
    model: '*',
    content: 'Content',
    taskType: '*',
    title: '*',
    outputDimensionality: '*',
    embedContentConfig: '*',
  },
  BatchEmbedContentsRequest: { model: '*', requests: 'EmbedContentRequest[]' },
  Content: { parts: 'Part[]', role: '*' },
  Part: {
    text: '*',
    inlineData: 'Blob',
    fileData: 'FileData',
    functionCall: 'FunctionCall',
    functionResponse: 'FunctionResponse',
    executableCode: '*',
    codeExecutionResult: '*',
    toolCall: '*',
    toolResponse: '*',
    videoMetadata: '*',
    thought: '*',
    thoughtSignature: 'bytes',
    partMetadata: '*',
    mediaResolution: '*',
  },
  Blob: { mimeType: '*', data: 'bytes', displayName: '*' },
  FileData: { mimeType: '*', fileUri: '*', displayName: '*' },
  FunctionCall: { id: '*', name: '*', args: '*', partialArgs: '*', willContinue: '*' },
  FunctionResponse: {
    id: '*',
    name: '*',
    response: 'Struct',
    parts: '*',
    willContinue: '*',
    scheduling: '*',
  },
  Tool: {
    functionDeclarations: 'FunctionDeclaration[]',
    googleSearchRetrieval: '*',
    codeExecution: '*',
    googleSearch: '*',
    computerUse: '*',
    urlContext: '*',
    fileSearch: '*',
    mcpServers: '*',
    googleMaps: '*',
    enterpriseWebSearch: '*',
    retrieval: '*',
  },
  FunctionDeclaration: {
    name: '*',
    description: '*',
    parameters: 'Schema',
    parametersJsonSchema: '*',
    response: 'Schema',
    responseJsonSchema: '*',
    behavior: '*',
  },
  Schema: {
    type: 'Type',
    format: '*',
    title: '*',
    description: '*',
    nullable: '*',
    enum: '*',
    items: 'Schema',
    maxItems: '*',
    minItems: '*',
    properties: 'Schema{}',
    required: '*',
    minProperties: '*',
    maxProperties: '*',
    minimum: '*',
    maximum: '*',
    minLength: '*',
    maxLength: '*',
    pattern: '*',
    example: '*',
    anyOf: 'Schema[]',
    propertyOrdering: '*',
    default: '*',
  },
  ToolConfig: {
    functionCallingConfig: 'FunctionCallingConfig',
    retrievalConfig: '*',
    includeServerSideToolInvocations: '*',
  },
  FunctionCallingConfig: {
    mode: 'Mode',
    allowedFunctionNames: '*',
    streamFunctionCallArguments: '*',
  },
  GenerationConfig: {
    candidateCount: '*',
    stopSequences: '*',
    maxOutputTokens: '*',
    temperature: '*',
    topP: '*',
    topK: '*',
    seed: '*',
    responseMimeType: '*',
    responseSchema: 'Schema',
    responseJsonSchema: '*',
    responseFormat: '*',
    presencePenalty: '*',
    frequencyPenalty: '*',
    responseLogprobs: '*',
    logprobs: '*',
    enableEnhancedCivicAnswers: '*',
    responseModalities: '*',
    speechConfig: '*',
    thinkingConfig: 'ThinkingConfig',
    imageConfig: '*',
    mediaResolution: '*',
    audioTimestamp: '*',
  },
  ThinkingConfig: { includeThoughts: '*', thinkingBudget: '*', thinkingLevel: 'ThinkingLevel' },
};

const enums: Readonly<Record<string, readonly string[]>> = {
  Type: ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL', 'TYPE_UNSPECIFIED'],
  Mode: ['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED'],
  ThinkingLevel: ['THINKING_LEVEL_UNSPECIFIED', 'MINIMAL', 'LOW', 'MEDIUM', 'HIGH'],
};

/** The full names that are told where an enum's own name is not all of it. */
const enclosing: Readonly<Record<string, string>> = {
  Mode: 'FunctionCallingConfig.',
  ThinkingLevel: 'ThinkingConfig.',
};

interface Violation {
  readonly field: string;
  readonly description: string;
}

/**
 * The body as a message, its names in camel case: ProtoJSON takes the names of the proto file too
 * (https://protobuf.dev/programming-guides/json/).
 *
 * @throws {Refusal} that names every field Google does not know, or cannot read
 */
export function readMessage(body: JsonObject, message: string): JsonObject {
  const violations: Violation[] = [];
  const read = readFields(body, message, '', violations);
  if (violations.length === 0) return read;
  throw new Refusal({
    status: 400,
    message: violations.map(({ description }) => description).join('\n'),
    param: violations.map(({ field }) => field).join('\n'),
  });
}

function readFields(
  value: JsonObject,
  message: string,
  at: string,
  found: Violation[],
): JsonObject {
  const fields = messages[message] ?? {};
  const read: Record<string, unknown> = {};
  for (const [name, held] of Object.entries(value)) {
    const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const type = Object.hasOwn(fields, camel) ? fields[camel] : undefined;
    if (type === undefined) {
      found.push(unknown(name, at, 'Cannot find field.'));
    } else if (held !== null) {
      const inside = at === '' ? snakeOf(camel) : `${at}.${snakeOf(camel)}`;
      read[camel] = readField(held, type, { name, at, inside }, found);
    }
  }
  return read;
}

interface Place {
  readonly name: string;
  readonly at: string;
  readonly inside: string;
}

function readField(value: unknown, type: string, place: Place, found: Violation[]): unknown {
  if (type === '*') return value;
  const { name, at, inside } = place;
  const one = type.replace(/\[\]$|\{\}$/, '');
  if (type.endsWith('[]')) {
    const list = Array.isArray(value) ? value : [value];
    return list.map((item, index) => readOne(item, one, `${inside}[${index}]`, found));
  }
  if (type.endsWith('{}') && isObject(value)) {
    const entries = Object.entries(value).map(([key, item], index) => [
      key,
      readOne(item, one, `${inside}[${index}].value`, found),
    ]);
    return Object.fromEntries(entries);
  }
  if (Array.isArray(value)) {
    found.push(unknown(name, at, 'Proto field is not repeating, cannot start list.'));
    return undefined;
  }
  return readOne(value, one, inside, found);
}

function readOne(value: unknown, type: string, at: string, found: Violation[]): unknown {
  if (type === 'bytes') {
    if (isString(value) && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) return value;
    found.push(
      invalid(at, `(TYPE_BYTES), Base64 decoding failed for ${JSON.stringify(value).slice(0, 60)}`),
    );
    return undefined;
  }
  const allowed = enums[type];
  if (allowed !== undefined) {
    const word = isString(value) ? value.toUpperCase() : '';
    if (allowed.includes(word)) return word;
  } else if (isObject(value)) {
    return type === 'Struct' ? value : readFields(value, type, at, found);
  }
  const full =
    type === 'Struct'
      ? 'google.protobuf.Struct'
      : `google.ai.generativelanguage.v1beta.${enclosing[type] ?? ''}${type}`;
  found.push(invalid(at, `(type.googleapis.com/${full}), ${JSON.stringify(value)}`));
  return undefined;
}

const snakeOf = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const invalid = (field: string, rest: string): Violation => ({
  field,
  description: `Invalid value at '${field}' ${rest}`,
});

const unknown = (name: string, at: string, why: string): Violation => ({
  field: at,
  description: `Invalid JSON payload received. Unknown name "${name}"${at === '' ? '' : ` at '${at}'`}: ${why}`,
});
