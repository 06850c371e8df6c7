import { isObject, isString, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import { isSigned } from '../../toy/signature.ts';
import { Refusal } from '../dialect.ts';

/** What Bedrock refuses of a body of Converse, in its words. */
export function checkConverse(body: JsonObject): readonly JsonObject[] {
  const messages = objectsOf(body['messages']);
  if (messages.length === 0) {
    throw invalid(
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    );
  }
  for (const [index, message] of messages.entries()) checkMessage(message, index);
  checkTurns(messages);
  checkCalls(messages);
  checkTools(body, messages);
  checkInference(body);
  checkFormat(body['outputConfig']);
  return messages;
}

export const invalid = (message: string): Refusal => new Refusal({ status: 400, message });

const constraint = (value: unknown, place: string, rule: string): Refusal =>
  invalid(
    `1 validation error detected: Value '${isString(value) ? value : JSON.stringify(value)}' at '${place}' failed to satisfy constraint: Member must ${rule}`,
  );

const kinds = [
  'text',
  'image',
  'document',
  'video',
  'audio',
  'toolUse',
  'toolResult',
  'guardContent',
  'cachePoint',
  'reasoningContent',
  'citationsContent',
  'searchResult',
];

function checkMessage({ role, content }: JsonObject, index: number): void {
  if (role !== 'user' && role !== 'assistant') {
    throw constraint(
      role,
      `messages.${index + 1}.member.role`,
      'satisfy enum value set: [user, assistant]',
    );
  }
  const blocks = objectsOf(content);
  if (blocks.length === 0) {
    throw invalid(
      `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`,
    );
  }
  for (const [position, block] of blocks.entries()) {
    checkBlock(block, `messages.${index}.content.${position}`);
  }
}

const imageFormats = ['png', 'jpeg', 'gif', 'webp'];

function checkBlock(block: JsonObject, at: string): void {
  if (!kinds.some((kind) => kind in block)) {
    throw invalid(
      `ContentBlock object at ${at} must set one of the following keys: ${kinds.join(', ')}.`,
    );
  }
  if (block['text'] === '') {
    throw invalid(
      `The text field in the ContentBlock object at ${at} is blank. Add text to the text field, and try again.`,
    );
  }
  if (isObject(block['image'])) checkImage(block['image'], at);
  if (isObject(block['toolUse'])) {
    checkId(block['toolUse'], at);
    if (!isObject(block['toolUse']['input'])) {
      throw invalid(
        `The format of the value at ${at}.toolUse.input is invalid. Provide a json object for the field and try again.`,
      );
    }
  }
  if (isObject(block['toolResult'])) checkId(block['toolResult'], at);
  const reasoning = isObject(block['reasoningContent']) ? block['reasoningContent'] : {};
  const told = isObject(reasoning['reasoningText']) ? reasoning['reasoningText'] : {};
  if (isString(told['signature']) && !isSigned(told['signature'])) {
    throw invalid(
      `The model returned the following errors: ${at}: Invalid \`signature\` in \`thinking\` block`,
    );
  }
}

function checkImage({ format, source }: JsonObject, at: string): void {
  if (!imageFormats.includes(stringOf(format))) {
    throw constraint(
      format,
      `${at}.image.format`,
      `satisfy enum value set: [${imageFormats.join(', ')}]`,
    );
  }
  if (isObject(source) && (isString(source['bytes']) || isObject(source['s3Location']))) return;
  throw invalid(
    `ImageSource object at ${at}.image.source must set one of the following keys: bytes, s3Location.`,
  );
}

function checkId({ toolUseId: id }: JsonObject, at: string): void {
  if (/^[a-zA-Z0-9_.:-]{1,64}$/.test(stringOf(id))) return;
  throw constraint(id, `${at}.toolUseId`, 'satisfy regular expression pattern: [a-zA-Z0-9_.:-]+');
}

function checkTurns(messages: readonly JsonObject[]): void {
  for (const [index, { role }] of messages.entries()) {
    if (index === 0 || messages[index - 1]?.['role'] !== role) continue;
    throw invalid(
      'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
    );
  }
}

const idsOf = (message: JsonObject | undefined, kind: string): readonly string[] =>
  objectsOf(message?.['content'])
    .map((block) => block[kind])
    .filter(isObject)
    // What ran at Bedrock needs no answer of the caller's.
    .filter((one) => !stringOf(one['type']).startsWith('server_') && !isResultOfServer(one))
    .map((one) => stringOf(one['toolUseId']));

const isResultOfServer = (one: JsonObject): boolean => stringOf(one['type']).endsWith('_result');

/** Every call is answered in the very next message, and nothing else is. */
function checkCalls(messages: readonly JsonObject[]): void {
  for (const [index, message] of messages.entries()) {
    const calls = idsOf(message, 'toolUse');
    const next = messages[index + 1];
    const results = idsOf(next, 'toolResult');
    const open = calls.filter((id) => !results.includes(id));
    if (open.length > 0) {
      throw invalid(
        `Expected toolResult blocks at messages.${index + 1}.content for the following Ids: ${open.join(', ')}`,
      );
    }
    if (results.length > calls.length || (index === 0 && idsOf(message, 'toolResult').length > 0)) {
      throw invalid(
        `The number of toolResult blocks at messages.${index + 1}.content exceeds the number of toolUse blocks of previous turn.`,
      );
    }
  }
}

function checkTools(body: JsonObject, messages: readonly JsonObject[]): void {
  const config = body['toolConfig'];
  const uses = messages.some((one) => idsOf(one, 'toolUse').length > 0);
  if (!isObject(config)) {
    if (!uses) return;
    throw invalid(
      'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
    );
  }
  const tools = objectsOf(config['tools']);
  if (tools.length === 0) {
    throw constraint(config['tools'], 'toolConfig.tools', 'have length greater than or equal to 1');
  }
  for (const [index, { toolSpec: spec }] of tools.entries()) {
    if (isObject(spec)) checkSpec(spec, index);
  }
}

function checkSpec(spec: JsonObject, index: number): void {
  const at = `toolConfig.tools.${index + 1}.member.toolSpec`;
  const { name, description, inputSchema: schema } = spec;
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(stringOf(name))) {
    throw constraint(name, `${at}.name`, 'satisfy regular expression pattern: [a-zA-Z0-9_-]+');
  }
  if (description === '') {
    throw constraint(description, `${at}.description`, 'have length greater than or equal to 1');
  }
  const json = isObject(schema) ? schema['json'] : undefined;
  if (isObject(json) && json['type'] === 'object') return;
  throw invalid(
    `The value at toolConfig.tools.${index}.toolSpec.inputSchema.json.type must be one of the following: object.`,
  );
}

function checkInference(body: JsonObject): void {
  const config = isObject(body['inferenceConfig']) ? body['inferenceConfig'] : {};
  const bounds: readonly (readonly [string, number, number])[] = [
    ['maxTokens', 1, Infinity],
    ['temperature', 0, 1],
    ['topP', 0, 1],
  ];
  for (const [name, least, most] of bounds) {
    const value = config[name];
    if (value === undefined || value === null) continue;
    const at = `inferenceConfig.${name}`;
    if (Number(value) < least) {
      throw constraint(value, at, `have value greater than or equal to ${least}`);
    }
    if (Number(value) > most) {
      throw constraint(value, at, `have value less than or equal to ${most}`);
    }
  }
}

/** The schema is a text, and the objects in it are closed. */
function checkFormat(config: unknown): void {
  const format = isObject(config) ? config['textFormat'] : undefined;
  if (!isObject(format)) return;
  const structure = isObject(format['structure']) ? format['structure'] : {};
  const described = isObject(structure['jsonSchema']) ? structure['jsonSchema'] : {};
  if (isString(described['schema'])) return;
  throw invalid('outputConfig.textFormat.structure.jsonSchema.schema must be a JSON string');
}
