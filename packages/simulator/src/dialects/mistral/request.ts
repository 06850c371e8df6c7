import { isObject, type JsonObject, objectsOf, stringOf } from '../../json.ts';
import type { Reasoning } from '../../toy/ask.ts';
import { type Chat, chatOf } from '../openai/request.ts';
import { checkChat } from './rules.ts';

/**
 * Reads the body of Mistral's `POST /v1/chat/completions` (Mistral's OpenAPI document,
 * `ChatCompletionRequest`), which for the most part has OpenAI's names.
 *
 * @throws {Refusal} as Mistral refuses
 */
export function readChat(body: JsonObject): Chat {
  const chat = chatOf({ ...body, seed: body['random_seed'] }, checkChat(body));
  const { ask } = chat;
  const toolChoice = body['tool_choice'] === 'any' && ask.tools.length > 0;
  return {
    ...chat,
    ask: {
      ...ask,
      ...(toolChoice && { toolChoice: 'required' }),
      attachments: [...ask.attachments, ...documentsOf(body)],
      reasoning: reasoningOf(body),
    },
  };
}

function documentsOf(body: JsonObject): readonly string[] {
  const last = objectsOf(body['messages']).at(-1);
  return objectsOf(last?.['content'])
    .filter((part) => part['type'] === 'document_url')
    .map(() => 'file');
}

/** Models made to reason do so always, others when they are told to. */
function reasoningOf(body: JsonObject): Reasoning {
  if (body['reasoning_effort'] === 'high') return 'high';
  if (isObject(body['prompt_mode']) || body['prompt_mode'] === 'reasoning') return 'medium';
  return stringOf(body['model']).startsWith('magistral') ? 'medium' : 'none';
}
