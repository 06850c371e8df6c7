import { isObject, isString, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import { isSigned } from '../../toy/signature.ts';
import { Refusal } from '../dialect.ts';
import { checkWithin, invalid, missing } from '../openai/rules.ts';
import type { StoredResponses } from '../../toy/stored-responses.ts';
import { checkStrict } from './strict.ts';

/** What OpenAI refuses of a body of `POST /v1/responses`, in its words. */
export function checkResponses(body: JsonObject, stored: StoredResponses): readonly JsonObject[] {
  checkNames(body);
  if (!isString(body['model']) || body['model'] === '') throw missing('model');
  const before = storedTurns(body, stored);
  const { input } = body;
  if (input === undefined || input === null) throw missing('input');
  if (!isString(input) && !Array.isArray(input)) {
    throw invalid(
      "Invalid type for 'input': expected one of an array of objects or string.",
      'input',
      'invalid_type',
    );
  }
  checkWithin(body, 'temperature', 0, 2, 'decimal');
  checkWithin(body, 'top_p', 0, 1, 'decimal');
  checkWithin(body, 'max_output_tokens', 16, Infinity, 'integer');
  checkTools(body['tools']);
  checkFormat(body['text']);
  const own = isString(input) ? [{ role: 'user', content: input }] : objectsOf(input);
  for (const [index, item] of own.entries()) checkItem(item, `input[${index}]`);
  const items = [...before, ...own];
  checkCalls(items);
  checkReasoning(items);
  return items;
}

/** What a stored response goes on from. Conversations are not kept. */
function storedTurns(
  { previous_response_id: previous, conversation }: JsonObject,
  stored: StoredResponses,
): readonly JsonObject[] {
  const id = isObject(conversation) ? conversation['id'] : conversation;
  if (isString(id)) {
    const message = `Conversation with id '${id}' not found.`;
    throw new Refusal({ status: 404, message, param: 'conversation', code: null });
  }
  if (!isString(previous)) return [];
  const turns = stored.turnsTo(previous);
  if (turns !== undefined) return turns;
  throw invalid(
    `Previous response with id '${previous}' not found.`,
    'previous_response_id',
    'previous_response_not_found',
  );
}

const known = new Set(
  `background context_management conversation include input instructions max_output_tokens
  max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt
  prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier
  service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p
  truncation user`.split(/\s+/),
);

/** Where chat completions have a name for it that caller and translator easily forget to change. */
const moved = new Map([
  ['max_tokens', 'max_output_tokens'],
  ['max_completion_tokens', 'max_output_tokens'],
  ['messages', 'input'],
  ['reasoning_effort', 'reasoning.effort'],
  ['response_format', 'text.format'],
]);

function checkNames(body: JsonObject): void {
  const name = Object.keys(body).find((one) => !known.has(one));
  if (name === undefined) return;
  const now = moved.get(name);
  if (now === undefined) {
    throw invalid(`Unknown parameter: '${name}'.`, name, 'unknown_parameter');
  }
  throw invalid(
    `Unsupported parameter: '${name}'. In the Responses API, this parameter has moved to '${now}'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create.`,
    name,
    'unsupported_parameter',
  );
}

function checkTools(tools: unknown): void {
  for (const [index, tool] of objectsOf(tools).entries()) {
    const at = `tools[${index}]`;
    if (tool['type'] === undefined) throw missing(`${at}.type`);
    if (tool['type'] !== 'function') continue;
    if (!isString(tool['name'])) throw missing(`${at}.name`);
    if (!/^[a-zA-Z0-9_-]+$/.test(tool['name'])) {
      throw invalid(
        `Invalid '${at}.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
        `${at}.name`,
        'invalid_value',
      );
    }
    if (tool['strict'] !== true) continue;
    const what = `function '${tool['name']}'`;
    checkStrict(tool['parameters'], what, `${at}.parameters`, 'invalid_function_parameters');
  }
}

function checkFormat(text: unknown): void {
  const format = isObject(text) ? text['format'] : undefined;
  if (!isObject(format) || format['type'] !== 'json_schema') return;
  if (!isString(format['name'])) throw missing('text.format.name');
  if (!isObject(format['schema'])) throw missing('text.format.schema');
  if (format['strict'] === false) return;
  const what = `response_format '${format['name']}'`;
  checkStrict(format['schema'], what, 'text.format.schema', 'invalid_json_schema');
}

/** What the identifiers of items begin with; any other is refused, a call's `call_id` above all. */
const beginnings = new Map([
  ['message', 'msg'],
  ['function_call', 'fc'],
  ['reasoning', 'rs'],
]);

function checkItem(item: JsonObject, at: string): void {
  const type = item['type'] ?? 'message';
  const beginning = beginnings.get(stringOf(type));
  if (isString(item['id']) && beginning !== undefined && !item['id'].startsWith(beginning)) {
    throw invalid(
      `Invalid '${at}.id': '${item['id']}'. Expected an ID that begins with '${beginning}'.`,
      `${at}.id`,
      'invalid_value',
    );
  }
  if (type === 'message') checkMessage(item, at);
  if (type === 'function_call') {
    for (const name of ['call_id', 'name', 'arguments']) {
      if (!isString(item[name])) throw missing(`${at}.${name}`);
    }
  }
  if (type === 'function_call_output') {
    for (const name of ['call_id', 'output']) if (!(name in item)) throw missing(`${at}.${name}`);
  }
  if (type === 'reasoning' && !Array.isArray(item['summary'])) throw missing(`${at}.summary`);
}

const roles = ['assistant', 'system', 'developer', 'user'];
const spoken = ['output_text', 'refusal'];
const heard = ['input_text', 'input_image', 'input_file', 'input_audio'];

function checkMessage({ role, content }: JsonObject, at: string): void {
  if (role === undefined) throw missing(`${at}.role`);
  if (!roles.includes(stringOf(role))) throw unsupported(role, roles, at);
  if (content === undefined || content === null) throw missing(`${at}.content`);
  for (const [index, part] of objectsOf(content).entries()) {
    const place = `${at}.content[${index}]`;
    const allowed = role === 'assistant' ? spoken : heard;
    if (!allowed.includes(stringOf(part['type']))) throw unsupported(part['type'], allowed, place);
    if (isObject(part['image_url'])) {
      throw invalid(
        `Invalid type for '${place}.image_url': expected an image URL, but got an object instead.`,
        `${place}.image_url`,
        'invalid_type',
      );
    }
  }
}

function unsupported(value: unknown, allowed: readonly string[], param: string): Refusal {
  const names = allowed.map((one) => `'${one}'`);
  const last = names.pop() ?? '';
  const listed =
    names.length > 1 ? `${names.join(', ')}, and ${last}` : `${names.join()} and ${last}`;
  return invalid(
    `Invalid value: '${stringOf(value)}'. Supported values are: ${listed}.`,
    param,
    'invalid_value',
  );
}

function checkCalls(items: readonly JsonObject[]): void {
  const idsOf = (type: RegExp): readonly string[] =>
    items
      .filter((item) => type.test(stringOf(item['type'])))
      .map((item) => stringOf(item['call_id']));
  const calls = idsOf(/^function_call$/);
  // A tool of the vendor's that the caller runs, such as its search, may be answered likewise.
  const answerable = idsOf(/_call$/);
  const outputs = idsOf(/^function_call_output$/);
  const stray = outputs.find((id) => !answerable.includes(id));
  if (stray !== undefined) {
    throw invalid(
      `No tool call found for function call output with call_id ${stray}.`,
      'input',
      null,
    );
  }
  const open = calls.find((id) => !outputs.includes(id));
  if (open !== undefined) {
    throw invalid(`No tool output found for function call ${open}.`, 'input', null);
  }
}

/** Reasoning belongs to what was said or called after it, and is sealed. */
function checkReasoning(items: readonly JsonObject[]): void {
  for (const [index, item] of items.entries()) {
    if (item['type'] !== 'reasoning') continue;
    const sealed = item['encrypted_content'];
    if (isString(sealed) && !isSigned(sealed)) {
      throw invalid(
        `The encrypted content ${sealed.slice(0, 4)}...${sealed.slice(-4)} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
        null,
        'invalid_encrypted_content',
      );
    }
    const next = items[index + 1];
    const isFollowed =
      next !== undefined && next['role'] !== 'user' && next['type'] !== 'function_call_output';
    if (isFollowed || !isString(item['id'])) continue;
    throw invalid(
      `Item '${item['id']}' of type 'reasoning' was provided without its required following item.`,
      'input',
      null,
    );
  }
}
