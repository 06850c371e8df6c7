import { compose } from '../../toy/compose.ts';
import { refusalFor, wantsRefusal } from '../../toy/refusal.ts';
import type { Call, Dialect, House, Reply } from '../dialect.ts';
import { failure, headers, turnedAway } from '../openai/failure.ts';
import { respond, responseBody } from './answer.ts';
import { brokenStream, malformedFrame, streamFailure } from './failure.ts';
import { readResponses } from './request.ts';
import { responseFrames } from './stream.ts';

/** OpenAI's Responses, as callers use it who keep the conversation themselves: nothing is stored. */
export const openaiResponses: Dialect = {
  name: 'openai-responses',
  operations: [
    { method: 'POST', path: /^\/v1\/responses$/, answer: responses },
    { method: 'POST', path: /^\/v1\/responses\/input_tokens$/, answer: countTokens },
  ],
  claims: () => false,
  headers,
  failure,
  streamFailure,
  malformedFrame,
  turnedAway,
};

export function responses(call: Call, house: House): Reply {
  const request = readResponses(call.body);
  const composed = compose(request.ask, house.seed, call.hugeBytes);
  const isRefusal = wantsRefusal(request.ask.userText);
  const answer = isRefusal ? refusalFor(composed) : composed;
  const told = respond(request, answer, isRefusal, call.ids, call.wall, house.memory);
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
function countTokens({ body }: Call): Reply {
  const input_tokens = readResponses(body).prompt.tokens;
  const answer = { object: 'response.input_tokens', input_tokens };
  return { kind: 'whole', body: JSON.stringify(answer), tokens: 0 };
}
