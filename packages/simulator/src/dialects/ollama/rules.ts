import { isObject, isString, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import { Refusal } from '../dialect.ts';

/** What Ollama refuses of a chat, in its words: mostly what Go cannot read into its structures. */
export function checkChat(body: JsonObject): readonly JsonObject[] {
  checkShared(body, 'ChatRequest');
  const { messages } = body;
  if (messages !== undefined && messages !== null && !Array.isArray(messages)) {
    throw unreadable(messages, 'ChatRequest.messages', '[]api.Message');
  }
  const all = objectsOf(messages);
  for (const message of all) checkMessage(message);
  for (const tool of objectsOf(body['tools'])) {
    if (isObject(tool['function']) && isString(tool['function']['name'])) continue;
    throw invalid('invalid tool: function name is required');
  }
  return all;
}

/** Reads what `/api/chat` and `/api/generate` have in common. */
export function checkShared(body: JsonObject, structure: string): void {
  checkModel(body);
  const { stream, options, think, format } = body;
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') {
    throw unreadable(stream, `${structure}.stream`, 'bool');
  }
  if (options !== undefined && options !== null && !isObject(options)) {
    throw unreadable(options, `${structure}.options`, 'map[string]interface {}');
  }
  checkOptions(isObject(options) ? options : {});
  if (isString(think) && !['low', 'medium', 'high', 'max'].includes(think)) {
    throw invalid(
      `invalid think value: "${think}" (must be "high", "medium", "low", "max", true, or false)`,
    );
  }
  if (isString(format) && format !== '' && format !== 'json') {
    throw invalid(`invalid format: "${format}"; expected "json" or a valid JSON Schema object`);
  }
}

export function checkModel(body: JsonObject): void {
  if (!isString(body['model']) || body['model'] === '') throw invalid('model is required');
}

export const invalid = (message: string): Refusal => new Refusal({ status: 400, message });

const unreadable = (value: unknown, field: string, type: string): Refusal =>
  invalid(`json: cannot unmarshal ${kindOf(value)} into Go struct field ${field} of type ${type}`);

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

const optionTypes: Readonly<Record<string, 'float32' | 'integer'>> = {
  num_predict: 'integer',
  top_k: 'integer',
  seed: 'integer',
  num_ctx: 'integer',
  temperature: 'float32',
  top_p: 'float32',
  min_p: 'float32',
  repeat_penalty: 'float32',
  presence_penalty: 'float32',
  frequency_penalty: 'float32',
};

function checkOptions(options: JsonObject): void {
  for (const [name, type] of Object.entries(optionTypes)) {
    const value = options[name];
    if (value === undefined || value === null || typeof value === 'number') continue;
    throw invalid(`option "${name}" must be of type ${type}`);
  }
  const { stop } = options;
  if (stop !== undefined && stop !== null && !Array.isArray(stop)) {
    throw invalid('option "stop" must be of type array');
  }
}

const roles = ['user', 'assistant', 'system', 'tool'];

function checkMessage(message: JsonObject): void {
  const { role, content } = message;
  if (!roles.includes(stringOf(role))) {
    throw invalid(`invalid role: ${stringOf(role)}, must be one of [${roles.join(' ')}]`);
  }
  if (content !== undefined && content !== null && !isString(content)) {
    throw unreadable(content, 'ChatRequest.messages.content', 'string');
  }
  for (const image of Array.isArray(message['images']) ? message['images'] : []) checkImage(image);
  for (const { function: called } of objectsOf(message['tool_calls'])) {
    const given = isObject(called) ? called['arguments'] : undefined;
    if (given === undefined || given === null || isObject(given)) continue;
    throw unreadable(
      given,
      'ChatRequest.messages.tool_calls.function.arguments',
      'api.ToolCallFunctionArguments',
    );
  }
}

/** Go reads bytes from base64 of the usual alphabet, and from nothing before it. */
export function checkImage(image: unknown): void {
  const stray = stringOf(image).search(/[^A-Za-z0-9+/=\r\n]/);
  if (stray >= 0) throw invalid(`illegal base64 data at input byte ${stray}`);
}
