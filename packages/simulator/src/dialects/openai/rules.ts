import { isObject, isString, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import { Refusal } from '../dialect.ts';

/** What OpenAI refuses, in its words: each rule has been seen to be one of the real API. */
export function checkChat(body: JsonObject): readonly JsonObject[] {
  checkModel(body);
  checkTokenLimit(body);
  const messages = body['messages'];
  if (messages === undefined) throw missing('messages');
  if (!Array.isArray(messages)) {
    throw invalid(
      `Invalid type for 'messages': expected an array of objects, but got ${typeName(messages)} instead.`,
      'messages',
      'invalid_type',
    );
  }
  if (messages.length === 0) {
    throw invalid(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'messages',
      'empty_array',
    );
  }
  for (const [index, message] of messages.entries()) checkMessage(message, index);
  const checked = objectsOf(messages);
  checkToolTurns(checked);
  checkTools(body['tools']);
  checkWithin(body, 'temperature', 0, 2, 'decimal');
  checkWithin(body, 'top_p', 0, 1, 'decimal');
  checkWithin(body, 'n', 1, 128, 'integer');
  checkWithin(body, 'max_tokens', 1, Infinity, 'integer');
  checkWithin(body, 'max_completion_tokens', 1, Infinity, 'integer');
  checkStop(body['stop']);
  checkFormat(body['response_format'], checked);
  checkStreamOptions(body);
  return checked;
}

export function checkModel(body: JsonObject): void {
  if (!isString(body['model']) || body['model'] === '') {
    throw invalid('you must provide a model parameter', null, null);
  }
}

/** Models that reason count their tokens under another name, and refuse the old one. */
function checkTokenLimit({ model, max_tokens: limit }: JsonObject): void {
  if (limit === undefined || limit === null || !/^(o\d|gpt-5)/.test(String(model))) return;
  throw invalid(
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    'max_tokens',
    'unsupported_parameter',
  );
}

export function checkStreamOptions(body: JsonObject): void {
  if (isObject(body['stream_options']) && body['stream'] !== true) {
    throw invalid(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      'stream_options',
      null,
    );
  }
}

export function checkStop(stop: unknown): void {
  if (Array.isArray(stop) && stop.length > 4) {
    throw invalid(
      `Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length ${stop.length} instead.`,
      'stop',
      'array_above_max_length',
    );
  }
}

/** `kind` is the word OpenAI has for the number in its code. */
export function checkWithin(
  body: JsonObject,
  name: string,
  least: number,
  most: number,
  kind: 'integer' | 'decimal',
): void {
  const value = body[name];
  if (value === undefined || value === null) return;
  if (typeof value !== 'number') {
    throw invalid(
      `Invalid type for '${name}': expected ${kind === 'integer' ? 'an integer' : 'a decimal'}, but got ${typeName(value)} instead.`,
      name,
      'invalid_type',
    );
  }
  if (value >= least && value <= most) return;
  const [side, bound, code] =
    value < least
      ? ['below minimum', `>= ${least}`, 'below_min']
      : ['above maximum', `<= ${most}`, 'above_max'];
  throw invalid(
    `Invalid '${name}': ${kind} ${side} value. Expected a value ${bound}, but got ${value} instead.`,
    name,
    `${kind}_${code}_value`,
  );
}

export const missing = (param: string): Refusal =>
  invalid(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');

export const invalid = (message: string, param: string | null, code: string | null): Refusal =>
  new Refusal({ status: 400, message, param, code });

const roles = ['system', 'assistant', 'user', 'function', 'tool', 'developer'];

function checkMessage(message: unknown, index: number): void {
  const at = `messages[${index}]`;
  if (!isObject(message)) {
    throw invalid(
      `Invalid type for '${at}': expected an object, but got ${typeName(message)} instead.`,
      at,
      'invalid_type',
    );
  }
  const { role, content } = message;
  if (role === undefined) throw missing(`${at}.role`);
  if (!isString(role) || !roles.includes(role)) {
    const supported = `${roles
      .slice(0, -1)
      .map((one) => `'${one}'`)
      .join(', ')}, and '${roles.at(-1) ?? ''}'`;
    throw invalid(
      `Invalid value: '${stringOf(role)}'. Supported values are: ${supported}.`,
      `${at}.role`,
      'invalid_value',
    );
  }
  const mayBeSilent = role === 'assistant' || role === 'function';
  if (!mayBeSilent && (content === undefined || content === null)) {
    throw invalid(
      `Invalid value for 'content': expected a string, got null.`,
      `messages.[${index}].content`,
      null,
    );
  }
}

/** Each tool call is answered by a tool message right after it, and nothing else is. */
function checkToolTurns(messages: readonly JsonObject[]): void {
  let open = new Set<string>();
  let inToolTurn = false;
  for (const [index, message] of messages.entries()) {
    if (message['role'] === 'tool') {
      if (!inToolTurn) {
        throw invalid(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `messages.[${index}].role`,
          null,
        );
      }
      open.delete(stringOf(message['tool_call_id']));
      continue;
    }
    refuseOpen(open, index);
    const calls = objectsOf(message['tool_calls']);
    open = new Set(calls.map((call) => stringOf(call['id'])));
    inToolTurn = calls.length > 0;
  }
  refuseOpen(open, messages.length);
}

function refuseOpen(open: ReadonlySet<string>, index: number): void {
  if (open.size === 0) return;
  throw invalid(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
    `messages.[${index}].role`,
    null,
  );
}

function checkTools(tools: unknown): void {
  for (const [index, tool] of objectsOf(tools).entries()) {
    const described = tool['function'];
    if (tool['type'] === 'function' && !isObject(described))
      throw missing(`tools[${index}].function`);
    if (!isObject(described)) continue;
    const at = `tools[${index}].function.name`;
    if (!isString(described['name'])) throw missing(at);
    if (/^[a-zA-Z0-9_-]+$/.test(described['name'])) continue;
    throw invalid(
      `Invalid '${at}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
      at,
      'invalid_value',
    );
  }
}

function checkFormat(format: unknown, messages: readonly JsonObject[]): void {
  if (!isObject(format)) return;
  if (format['type'] === 'json_schema' && !isObject(format['json_schema'])) {
    throw missing('response_format.json_schema');
  }
  if (format['type'] === 'json_object' && !/json/i.test(JSON.stringify(messages))) {
    throw invalid(
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      'messages',
      null,
    );
  }
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return 'a string';
  if (typeof value === 'boolean') return 'a boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal';
  return 'an object';
}
