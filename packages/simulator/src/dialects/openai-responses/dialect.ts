import type { JsonObject } from '../../json.ts';
import { compose } from '../../toy/compose.ts';
import { refusalFor, wantsRefusal } from '../../toy/refusal.ts';
import type { Call, Dialect, House, Reply } from '../dialect.ts';
import { failure, headers, turnedAway } from '../openai/failure.ts';
import { respond, responseBody, responseOf } from './answer.ts';
import { brokenStream, malformedFrame, streamFailure } from './failure.ts';
import { readResponses } from './request.ts';
import { inputItems, remove, retrieve } from './stored.ts';
import { responseFrames } from './stream.ts';

/** OpenAI's Responses, kept to be gone on with unless `store` is false. */
export const openaiResponses: Dialect = {
  name: 'openai-responses',
  operations: [
    { method: 'POST', path: /^\/v1\/responses$/, answer: responses },
    { method: 'POST', path: /^\/v1\/responses\/input_tokens$/, answer: countTokens },
    { method: 'GET', path: /^\/v1\/responses\/([^/]+)$/, answer: retrieve },
    { method: 'GET', path: /^\/v1\/responses\/([^/]+)\/input_items$/, answer: inputItems },
    { method: 'DELETE', path: /^\/v1\/responses\/([^/]+)$/, answer: remove },
  ],
  claims: () => false,
  headers,
  failure,
  streamFailure,
  malformedFrame,
  turnedAway,
};

export function responses(call: Call, house: House): Reply {
  const request = readResponses(call.body, house.stored);
  const composed = compose(request.ask, house.seed, call.hugeBytes);
  const isRefusal = wantsRefusal(request.ask.userText);
  const answer = isRefusal ? refusalFor(composed) : composed;
  const told = respond(request, answer, isRefusal, call.ids, call.wall, house.memory);
  if (call.body['store'] !== false) {
    const output = told.output as readonly object[] as readonly JsonObject[];
    house.stored.keep(told.id, { response: responseOf(told), input: request.items, output });
  }
  if (!request.stream) {
    return { kind: 'whole', body: responseBody(told), tokens: answer.outputTokens };
  }
  return {
    kind: 'stream',
    contentType: 'text/event-stream; charset=utf-8',
    frames: responseFrames(told),
    broken: brokenStream(told),
  };
}

/** `POST /v1/responses/input_tokens`. */
function countTokens({ body }: Call, { stored }: House): Reply {
  const input_tokens = readResponses(body, stored).prompt.tokens;
  const answer = { object: 'response.input_tokens', input_tokens };
  return { kind: 'whole', body: JSON.stringify(answer), tokens: 0 };
}
