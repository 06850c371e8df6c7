import { isObject, isString, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import { Refusal } from '../dialect.ts';

/** What Mistral refuses, in its words. */
export function checkChat(body: JsonObject): readonly JsonObject[] {
  checkNames(body, requestFields);
  if (!isString(body['model'])) throw unprocessable('missing', ['model'], 'Field required');
  const { messages } = body;
  if (!Array.isArray(messages)) throw unprocessable('missing', ['messages'], 'Field required');
  checkWithin(body, 'temperature', 0, 1.5);
  checkWithin(body, 'top_p', 0, 1);
  checkWithin(body, 'max_tokens', 0, Infinity);
  checkChoice(body['tool_choice']);
  checkTools(body['tools']);
  const all = objectsOf(messages);
  for (const [index, message] of all.entries()) checkMessage(message, index);
  checkOrder(all);
  checkCalls(all);
  return all;
}

/** `ChatCompletionRequest` of Mistral's OpenAPI document, which is closed. */
const requestFields = new Set(
  `model temperature top_p max_tokens stream stop random_seed metadata messages response_format
  tools tool_choice presence_penalty frequency_penalty n prediction parallel_tool_calls prompt_mode
  reasoning_effort prompt_cache_key guardrails safe_prompt`.split(/\s+/),
);

export function checkNames(body: JsonObject, known: ReadonlySet<string>): void {
  const name = Object.keys(body).find((one) => !known.has(one));
  if (name === undefined) return;
  throw unprocessable('extra_forbidden', [name], 'Extra inputs are not permitted', body[name]);
}

/** FastAPI's way to say it, which Mistral wraps: the message is a list of what is wrong. */
export function unprocessable(
  type: string,
  place: readonly (string | number)[],
  msg: string,
  input: unknown = null,
): Refusal {
  const detail = [{ type, loc: ['body', ...place], msg, input }];
  return new Refusal({ status: 422, message: JSON.stringify({ detail }) });
}

function checkWithin(body: JsonObject, name: string, least: number, most: number): void {
  const value = body[name];
  if (value === undefined || value === null) return;
  if (typeof value !== 'number') {
    throw unprocessable('float_parsing', [name], 'Input should be a valid number', value);
  }
  if (value < least) {
    const msg = `Input should be greater than or equal to ${least}`;
    throw unprocessable('greater_than_equal', [name], msg, value);
  }
  if (value > most) {
    const msg = `Input should be less than or equal to ${most}`;
    throw unprocessable('less_than_equal', [name], msg, value);
  }
}

const choices = new Set(['auto', 'none', 'any', 'required']);

function checkChoice(choice: unknown): void {
  if (!isString(choice) || choices.has(choice)) return;
  const msg = "Input should be 'auto', 'none', 'any' or 'required'";
  throw unprocessable('enum', ['tool_choice', 'ToolChoiceEnum'], msg, choice);
}

function checkTools(tools: unknown): void {
  for (const [index, tool] of objectsOf(tools).entries()) {
    if (tool['type'] !== undefined && tool['type'] !== 'function') continue;
    const described = tool['function'];
    const at = ['tools', index, 'function'];
    if (!isObject(described)) throw unprocessable('missing', at, 'Field required');
    for (const name of ['name', 'parameters']) {
      if (described[name] === undefined) {
        throw unprocessable('missing', [...at, name], 'Field required', described);
      }
    }
  }
}

const closed: Readonly<Record<string, ReadonlySet<string>>> = {
  system: new Set(['role', 'content']),
  user: new Set(['role', 'content']),
  assistant: new Set(['role', 'content', 'tool_calls', 'prefix']),
  tool: new Set(['role', 'content', 'tool_call_id', 'name']),
};

function checkMessage(message: JsonObject, index: number): void {
  const { role, content } = message;
  const at = ['messages', index];
  if (!isString(role) || !Object.hasOwn(closed, role)) {
    const msg =
      "Input tag does not match any of the expected tags: 'system', 'user', 'assistant', 'tool'";
    throw unprocessable('union_tag_invalid', at, msg, message);
  }
  const stray = Object.keys(message).find((name) => closed[role]?.has(name) !== true);
  if (stray !== undefined) {
    const msg = 'Extra inputs are not permitted';
    throw unprocessable('extra_forbidden', [...at, role, stray], msg, message[stray]);
  }
  if (content === undefined && role !== 'assistant' && role !== 'tool') {
    throw unprocessable('missing', [...at, role, 'content'], 'Field required', message);
  }
  const isEmpty = content === undefined || content === null || content === '';
  if (role === 'assistant' && isEmpty && objectsOf(message['tool_calls']).length === 0) {
    throw refused(
      'invalid_request_assistant_message',
      '3240',
      'Assistant message must have either content or tool_calls, but not none.',
    );
  }
}

const refused = (type: string, code: string, message: string): Refusal =>
  new Refusal({ status: 400, message, code: `${type}/${code}` });

const misplaced = (message: string): Refusal =>
  refused('invalid_request_message_order', '3230', message);

function checkOrder(messages: readonly JsonObject[]): void {
  for (const [index, message] of messages.entries()) {
    const role = stringOf(message['role']);
    const before = stringOf(messages[index - 1]?.['role']);
    // What a tool gave is for the model to speak of first.
    if (before === 'tool' && (role === 'user' || role === 'system')) {
      throw misplaced(`Unexpected role '${role}' after role 'tool'`);
    }
  }
  const last = messages.at(-1);
  const role = stringOf(last?.['role']);
  if (role === 'user' || role === 'tool' || last?.['prefix'] === true) return;
  throw misplaced(
    `Expected last role User or Tool (or Assistant with prefix True) for serving but got ${role}`,
  );
}

/** Mistral's identifiers are of nine letters and digits, and it takes no others. */
function checkCalls(messages: readonly JsonObject[]): void {
  let open = 0;
  for (const message of messages) {
    const isTool = message['role'] === 'tool';
    if (isTool) open--;
    if (open < 0 || (!isTool && open > 0)) {
      throw misplaced('Not the same number of function calls and responses');
    }
    for (const { id } of objectsOf(message['tool_calls'])) checkId(id);
    if (isTool) checkId(message['tool_call_id']);
    open += objectsOf(message['tool_calls']).length;
  }
  if (open > 0) throw misplaced('Not the same number of function calls and responses');
}

function checkId(id: unknown): void {
  if (!isString(id) || /^[a-zA-Z0-9]{9}$/.test(id)) return;
  throw refused(
    'invalid_function_call',
    '3280',
    `Tool call id was ${id} but must be a-z, A-Z, 0-9, with a length of 9.`,
  );
}
