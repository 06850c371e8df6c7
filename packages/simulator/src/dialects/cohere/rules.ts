import { isObject, isString, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import { Refusal } from '../dialect.ts';

/** What Cohere refuses of a body of `POST /v2/chat`, as near to its words as is known. */
export function checkChat(body: JsonObject): readonly JsonObject[] {
  const stray = Object.keys(body).find((name) => !known.has(name));
  if (stray !== undefined) {
    throw invalid(`unknown field: parameter '${stray}' is not a valid field`);
  }
  if (!isString(body['model']) || body['model'] === '') throw invalid('model is required');
  const messages = objectsOf(body['messages']);
  if (messages.length === 0) throw invalid('at least one message is required');
  for (const [index, message] of messages.entries()) checkMessage(message, index);
  checkCalls(messages);
  const last = messages.at(-1)?.['role'];
  if (last !== 'user' && last !== 'tool' && last !== 'system') {
    throw invalid('the last message must be of role user or tool');
  }
  checkTools(body);
  checkWithin(body, 'temperature', 0, 1);
  checkWithin(body, 'p', 0.01, 0.99);
  checkWithin(body, 'k', 0, 500);
  checkWithin(body, 'frequency_penalty', 0, 1);
  checkWithin(body, 'presence_penalty', 0, 1);
  checkWithin(body, 'max_tokens', 0, Infinity);
  const stops = body['stop_sequences'];
  if (Array.isArray(stops) && stops.length > 5) {
    throw invalid('stop_sequences must have at most 5 elements');
  }
  return messages;
}

export const invalid = (message: string): Refusal =>
  new Refusal({ status: 400, message: `invalid request: ${message}` });

/** https://docs.cohere.com/v2/reference/chat, and what stands there for streams. */
const known = new Set(
  `model messages stream tools strict_tools documents citation_options response_format safety_mode
  max_tokens stop_sequences temperature seed frequency_penalty presence_penalty k p logprobs
  tool_choice thinking priority return_prompt raw_prompting`.split(/\s+/),
);

const roles = ['user', 'assistant', 'system', 'tool'];

function checkMessage({ role, content, ...message }: JsonObject, index: number): void {
  const at = `messages[${index}]`;
  if (!roles.includes(stringOf(role))) {
    throw invalid(`${at}.role must be one of ${roles.map((one) => `'${one}'`).join(', ')}`);
  }
  const isSilent = content === undefined || content === null || content === '';
  if (role === 'assistant') {
    const isCalling = objectsOf(message['tool_calls']).length > 0 || isString(message['tool_plan']);
    if (isSilent && !isCalling) throw invalid(`${at} must have content or tool_calls`);
  } else if (isSilent && role !== 'tool') throw invalid(`${at}.content must not be empty`);
  if (role === 'tool' && !isString(message['tool_call_id'])) {
    throw invalid(`${at}.tool_call_id is required`);
  }
}

function checkCalls(messages: readonly JsonObject[]): void {
  let open: readonly string[] = [];
  for (const [index, message] of messages.entries()) {
    if (message['role'] === 'tool') {
      const id = stringOf(message['tool_call_id']);
      if (!open.includes(id)) {
        throw invalid(`messages[${index}]: tool call id not found in previous tool calls: ${id}`);
      }
      continue;
    }
    open = objectsOf(message['tool_calls']).map((call) => stringOf(call['id']));
  }
}

function checkTools(body: JsonObject): void {
  const tools = objectsOf(body['tools']);
  for (const [index, { function: described }] of tools.entries()) {
    if (!isObject(described) || !isString(described['name'])) {
      throw invalid(`tools[${index}].function.name is required`);
    }
    if (!/^[a-zA-Z0-9_-]+$/.test(described['name'])) {
      throw invalid(
        `tools[${index}].function.name can only contain characters a-z, A-Z, 0-9, _ and -`,
      );
    }
    if (!isObject(described['parameters'])) {
      throw invalid(`tools[${index}].function.parameters is required`);
    }
  }
  const { tool_choice: choice } = body;
  if (choice !== undefined && choice !== 'REQUIRED' && choice !== 'NONE') {
    throw invalid("tool_choice must be one of 'REQUIRED', 'NONE'");
  }
  if (choice === 'REQUIRED' && tools.length === 0) {
    throw invalid("tools must be specified when tool_choice is 'REQUIRED'");
  }
  const format = isObject(body['response_format']) ? body['response_format']['type'] : undefined;
  const hasMore = tools.length > 0 || objectsOf(body['documents']).length > 0;
  if (format === 'json_object' && hasMore) {
    throw invalid('response_format with type json_object is not supported with tools or documents');
  }
  if (format === 'json_schema') {
    throw invalid("response_format.type must be one of 'text', 'json_object'");
  }
}

function checkWithin(body: JsonObject, name: string, least: number, most: number): void {
  const value = body[name];
  if (value === undefined || value === null) return;
  if (typeof value === 'number' && value >= least && value <= most) return;
  const bound =
    most === Infinity ? `greater than or equal to ${least}` : `between ${least} and ${most}`;
  throw invalid(`${name} must be ${bound}`);
}
