import { isObject, isString, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import { isSigned } from '../../toy/signature.ts';
import { Refusal } from '../dialect.ts';

/** What Google refuses beyond what it cannot read, in its words. */
export function checkRequest(body: JsonObject, model: string): readonly JsonObject[] {
  const contents = objectsOf(body['contents']);
  if (contents.length === 0) {
    throw invalid('* GenerateContentRequest.contents: contents is not specified\n');
  }
  for (const [index, content] of contents.entries()) checkContent(content, index);
  checkToolTurns(contents);
  checkSignatures(contents, model);
  checkTools(body);
  checkConfig(body);
  return contents;
}

export const invalid = (message: string): Refusal => new Refusal({ status: 400, message });

const kinds = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
];

function checkContent({ role, parts }: JsonObject, index: number): void {
  if (
    role !== undefined &&
    role !== '' &&
    role !== 'user' &&
    role !== 'model' &&
    role !== 'function'
  ) {
    throw invalid('Please use a valid role: user, model.');
  }
  const at = `* GenerateContentRequest.contents[${index}].parts`;
  const all = objectsOf(parts);
  if (all.length === 0) throw invalid(`${at}: contents.parts must not be empty.\n`);
  for (const [position, part] of all.entries()) {
    if (kinds.some((kind) => kind in part)) continue;
    // Recorded requests were allowed both: a signature alone, and what belongs to a video alone.
    if (isString(part['thoughtSignature']) || isObject(part['videoMetadata'])) continue;
    throw invalid(
      `${at}[${position}].data: required oneof field 'data' must have one initialized field\n`,
    );
  }
}

const partsWith = (content: JsonObject | undefined, kind: string): readonly JsonObject[] =>
  objectsOf(content?.['parts']).filter((part) => isObject(part[kind]));

/** As many responses as calls; contents of one role in a row are one turn. */
function checkToolTurns(contents: readonly JsonObject[]): void {
  let open = 0;
  for (const [index, content] of contents.entries()) {
    const calls = partsWith(content, 'functionCall').length;
    if (calls > 0 && index === 0) {
      throw invalid(
        'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
      );
    }
    open += calls;
    const goesOn = contents[index + 1]?.['role'] === content['role'];
    const responses = partsWith(content, 'functionResponse').length;
    open -= responses;
    if (open < 0 || (responses > 0 && !goesOn && open > 0)) {
      throw invalid(
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      );
    }
  }
}

/** https://ai.google.dev/gemini-api/docs/thought-signatures: what is put for one of another model. */
const stoodFor = new Set([
  'skip_thought_signature_validator',
  'context_engineering_is_the_way_to_go',
]);

export const alwaysThinks = (model: string): boolean => /^gemini-([3-9]|\d\d)/.test(model);

function checkSignatures(contents: readonly JsonObject[], model: string): void {
  for (const { parts } of contents) {
    for (const { thoughtSignature } of objectsOf(parts)) {
      if (!isString(thoughtSignature) || stoodFor.has(thoughtSignature)) continue;
      if (!isSigned(thoughtSignature)) throw invalid('Corrupted thought signature.');
    }
  }
  if (!alwaysThinks(model)) return;
  // Only of the turn that is going on: what came before the user's last words is not looked at.
  const turn = contents.findLastIndex(
    (content) => content['role'] !== 'model' && partsWith(content, 'functionResponse').length === 0,
  );
  for (const [index, content] of contents.entries()) {
    const [first] = partsWith(content, 'functionCall');
    if (index < turn || first === undefined || isString(first['thoughtSignature'])) continue;
    const name = isObject(first['functionCall']) ? stringOf(first['functionCall']['name']) : '';
    throw invalid(
      `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${name}\` , position ${index + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
    );
  }
}

function checkTools(body: JsonObject): void {
  for (const [index, tool] of objectsOf(body['tools']).entries()) {
    for (const [position, declared] of objectsOf(tool['functionDeclarations']).entries()) {
      const at = `* GenerateContentRequest.tools[${index}].function_declarations[${position}]`;
      if (!/^[a-zA-Z_][\w.:-]{0,127}$/.test(stringOf(declared['name']))) {
        throw invalid(
          `${at}.name: Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.\n`,
        );
      }
      checkSchema(declared['parameters'], `${at}.parameters`);
    }
  }
  const { functionCallingConfig: config } = isObject(body['toolConfig']) ? body['toolConfig'] : {};
  if (!isObject(config) || !Array.isArray(config['allowedFunctionNames'])) return;
  if (config['mode'] === 'ANY' || config['mode'] === 'VALIDATED') return;
  if (config['allowedFunctionNames'].length === 0) return;
  throw invalid('Function calling config is set without function calling mode ANY.');
}

/** Google's own schema: objects have properties, arrays have items, a value of an enum is a word. */
function checkSchema(schema: unknown, at: string): void {
  if (!isObject(schema)) return;
  const { type, properties, items } = schema;
  // At the top it is a function without parameters, which recorded requests were allowed.
  const isNested = !at.endsWith('.parameters');
  if (
    isNested &&
    type === 'OBJECT' &&
    (!isObject(properties) || Object.keys(properties).length === 0)
  ) {
    throw invalid(`${at}.properties: should be non-empty for OBJECT type\n`);
  }
  if (type === 'ARRAY' && !isObject(items)) throw invalid(`${at}.items: missing field.\n`);
  for (const [index, value] of (Array.isArray(schema['enum']) ? schema['enum'] : []).entries()) {
    if (value === '') throw invalid(`${at}.enum[${index}]: cannot be empty\n`);
  }
  checkSchema(items, `${at}.items`);
  for (const [name, property] of Object.entries(isObject(properties) ? properties : {})) {
    checkSchema(property, `${at}.properties[${name}]`);
  }
  const known = isObject(properties) ? properties : {};
  for (const [index, name] of (Array.isArray(schema['required'])
    ? schema['required']
    : []
  ).entries()) {
    if (Object.hasOwn(known, String(name))) continue;
    throw invalid(`${at}.required[${index}]: property is not defined\n`);
  }
}

function checkConfig(body: JsonObject): void {
  const config = isObject(body['generationConfig']) ? body['generationConfig'] : {};
  const prefix = '* GenerateContentRequest.generation_config';
  checkSchema(config['responseSchema'], `${prefix}.response_schema`);
  const { temperature, maxOutputTokens: most, thinkingConfig: thinking } = config;
  if (typeof temperature === 'number' && (temperature < 0 || temperature > 2)) {
    throw invalid(`${prefix}.temperature: temperature must be in the range [0.0, 2.0].\n`);
  }
  if (typeof most === 'number' && most < 1) {
    throw invalid(`${prefix}.max_output_tokens: max_output_tokens must be positive.\n`);
  }
  if (Array.isArray(config['stopSequences']) && config['stopSequences'].length > 5) {
    throw invalid(`${prefix}.stop_sequences: stop_sequences can have at most 5 elements.\n`);
  }
  const isBothThinking =
    isObject(thinking) && 'thinkingBudget' in thinking && 'thinkingLevel' in thinking;
  if (isBothThinking) {
    throw invalid('You can only set only one of thinking budget and thinking level.');
  }
  if ('responseSchema' in config && 'responseJsonSchema' in config) {
    throw invalid('Only one of response_schema and response_json_schema can be set.');
  }
}
