import { isObject, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import type { Format, Reasoning } from '../../toy/ask.ts';
import { type Chat, chatOf, numberOf, textOf } from '../openai/request.ts';
import { checkChat } from './rules.ts';

/**
 * Reads the body of `POST /v2/chat` (https://docs.cohere.com/v2/reference/chat), whose messages and
 * tools have OpenAI's shape.
 *
 * @throws {Refusal} as Cohere refuses
 */
export function readChat(body: JsonObject): Chat {
  const messages = checkChat(body);
  const { stop_sequences: stop, tool_choice: choice } = body;
  const toolChoice = choice === 'REQUIRED' ? 'required' : choice === 'NONE' ? 'none' : 'auto';
  const chat = chatOf({ ...body, stop, tool_choice: toolChoice }, messages);
  const results = messages.slice(messages.findLastIndex(({ role }) => role !== 'tool') + 1);
  return {
    ...chat,
    ask: {
      ...chat.ask,
      toolResults: results.map(({ content }) => resultOf(content)),
      format: formatOf(body['response_format']),
      reasoning: reasoningOf(body),
      // A plan of what it will call comes before the calls, unless they were demanded.
      speaksBeforeTools: choice !== 'REQUIRED',
    },
  };
}

/** What a tool gave: a text, or documents. */
function resultOf(content: unknown): string {
  const documents = objectsOf(content)
    .map((part) => part['document'])
    .filter(isObject)
    .map(({ data }) => (isObject(data) ? JSON.stringify(data) : stringOf(data)));
  return documents.length > 0 ? documents.join('\n') : textOf(content);
}

function formatOf(format: unknown): Format {
  if (!isObject(format) || format['type'] !== 'json_object') return 'text';
  const schema = format['json_schema'] ?? format['schema'];
  return isObject(schema) ? { schema } : 'json';
}

const highBudget = 16_384;

/** Models made to reason do so unless they are told not to. */
function reasoningOf(body: JsonObject): Reasoning {
  const thinking = isObject(body['thinking']) ? body['thinking'] : {};
  if (thinking['type'] === 'disabled') return 'none';
  const budget = numberOf(thinking['token_budget']);
  if (thinking['type'] === 'enabled') return (budget ?? 0) >= highBudget ? 'high' : 'medium';
  return stringOf(body['model']).includes('reasoning') ? 'medium' : 'none';
}
