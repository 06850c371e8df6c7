import { isObject, isString, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import { isSigned } from '../../toy/signature.ts';
import { Refusal } from '../dialect.ts';

/** What Anthropic refuses, in its words: each rule has been seen to be one of the real API. */
export function checkMessages(
  body: JsonObject,
  purpose: 'create' | 'count',
): readonly JsonObject[] {
  if (!isString(body['model']) || body['model'] === '') throw missing('model');
  const messages = body['messages'];
  if (messages === undefined) throw missing('messages');
  if (!Array.isArray(messages)) throw invalid('messages: Input should be a valid list');
  if (messages.length === 0) throw invalid('messages: at least one message is required');
  if (purpose === 'create') checkMaxTokens(body['max_tokens']);
  for (const [index, message] of messages.entries()) checkMessage(message, index);
  const checked = objectsOf(messages);
  checkToolTurns(checked);
  checkTools(body);
  checkThinking(body);
  checkSampling(body);
  return checked;
}

const invalid = (message: string): Refusal => new Refusal({ status: 400, message });
const missing = (field: string): Refusal => invalid(`${field}: Field required`);

function checkMaxTokens(most: unknown): void {
  if (most === undefined) throw missing('max_tokens');
  if (!Number.isInteger(most)) throw invalid('max_tokens: Input should be a valid integer');
  if (Number(most) < 1) throw invalid('max_tokens: Input should be greater than or equal to 1');
}

function checkMessage(message: unknown, index: number): void {
  const at = `messages.${index}`;
  if (!isObject(message)) throw invalid(`${at}: Input should be a valid dictionary`);
  const { role, content } = message;
  if (role === undefined) throw missing(`${at}.role`);
  if (role === 'system' && index === 0) {
    throw invalid(
      'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
    );
  }
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    throw invalid(`${at}.role: Input should be 'user' or 'assistant'`);
  }
  if (content === undefined) throw missing(`${at}.content`);
  if (!isString(content) && !Array.isArray(content)) {
    throw invalid(`${at}.content: Input should be a valid string or list`);
  }
  for (const block of objectsOf(content)) {
    if (block['type'] === 'text' && stringOf(block['text']) === '') {
      throw invalid('messages: text content blocks must be non-empty');
    }
  }
  for (const [position, block] of objectsOf(content).entries()) {
    if (block['type'] !== 'thinking' || isSigned(stringOf(block['signature']))) continue;
    throw invalid(`${at}.content.${position}: Invalid \`signature\` in \`thinking\` block`);
  }
}

/** Each `tool_use` is answered by a `tool_result` in the next turn, and nothing else is. */
function checkToolTurns(messages: readonly JsonObject[]): void {
  let open: readonly string[] = [];
  let openedAt = 0;
  for (const { index, blocks, role } of turnsOf(messages)) {
    const results = idsOf(blocks, 'tool_result', 'tool_use_id');
    const unanswered = open.filter((id) => !results.includes(id));
    if (unanswered.length > 0) throw unansweredCalls(openedAt, unanswered);
    const stray = results.find((id) => !open.includes(id));
    if (stray !== undefined) {
      throw invalid(
        `messages.${index}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    }
    open = role === 'assistant' ? idsOf(blocks, 'tool_use', 'id') : [];
    openedAt = index;
  }
  if (open.length > 0) throw unansweredCalls(openedAt, open);
}

interface Turn {
  readonly role: unknown;
  /** Of its first message. */
  readonly index: number;
  readonly blocks: JsonObject[];
}

/** Messages of one role in a row are one turn. */
function turnsOf(messages: readonly JsonObject[]): readonly Turn[] {
  const turns: Turn[] = [];
  for (const [index, { role, content }] of messages.entries()) {
    const last = turns.at(-1);
    if (last?.role === role) last?.blocks.push(...objectsOf(content));
    else turns.push({ role, index, blocks: [...objectsOf(content)] });
  }
  return turns;
}

const unansweredCalls = (index: number, ids: readonly string[]): Refusal =>
  invalid(
    `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  );

function idsOf(blocks: readonly JsonObject[], type: string, field: string): readonly string[] {
  return blocks.filter((block) => block['type'] === type).map((block) => stringOf(block[field]));
}

function checkTools(body: JsonObject): void {
  const tools = objectsOf(body['tools']);
  if (isObject(body['tool_choice']) && tools.length === 0) {
    throw invalid('tool_choice: may only be specified while providing tools');
  }
  for (const [index, tool] of tools.entries()) {
    const isCustom = tool['type'] === undefined || tool['type'] === 'custom';
    if (!isCustom) continue;
    const at = `tools.${index}.custom`;
    if (!isString(tool['name'])) throw missing(`${at}.name`);
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(tool['name'])) {
      throw invalid(`${at}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
    }
    if (!isObject(tool['input_schema'])) throw missing(`${at}.input_schema`);
    if (tool['input_schema']['type'] !== 'object') throw missing(`${at}.input_schema.type`);
  }
}

const leastBudget = 1024;

function checkThinking(body: JsonObject): void {
  const thinking = body['thinking'];
  if (!isObject(thinking) || thinking['type'] !== 'enabled') return;
  const choice = isObject(body['tool_choice']) ? body['tool_choice']['type'] : undefined;
  if (choice === 'any' || choice === 'tool') {
    throw invalid('Thinking may not be enabled when tool_choice forces tool use.');
  }
  const budget = thinking['budget_tokens'];
  if (typeof budget !== 'number') throw missing('thinking.enabled.budget_tokens');
  if (budget < leastBudget) {
    throw invalid(
      `thinking.enabled.budget_tokens: Input should be greater than or equal to ${leastBudget}`,
    );
  }
  if (typeof body['max_tokens'] === 'number' && body['max_tokens'] <= budget) {
    throw invalid('`max_tokens` must be greater than `thinking.budget_tokens`.');
  }
}

function checkSampling(body: JsonObject): void {
  const { temperature } = body;
  if (typeof temperature !== 'number') return;
  if (temperature < 0 || temperature > 1) throw invalid('temperature: range: 0..1');
  const thinking = body['thinking'];
  if (isObject(thinking) && thinking['type'] === 'enabled' && temperature !== 1) {
    throw invalid('`temperature` may only be set to 1 when thinking is enabled.');
  }
}
