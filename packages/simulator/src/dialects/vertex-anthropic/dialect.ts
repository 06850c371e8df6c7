import { stringOf } from '../../json.ts';
import { answerMessages } from '../anthropic/dialect.ts';
import { malformedFrame, streamFailure } from '../anthropic/failure.ts';
import { countPrompt } from '../anthropic/request.ts';
import type { Call, Dialect, House, Reply } from '../dialect.ts';
import { headers, turnedAway } from '../gemini/failure.ts';
import { failure } from './failure.ts';
import { anthropicBody } from './request.ts';

const models = '^/v1/(?:projects/[^/]+/locations/[^/]+/)?publishers/anthropic/models/';

/** Claude on Vertex AI, beside Google's own models, whose paths the Gemini dialect serves. */
export const vertexAnthropic: Dialect = {
  name: 'vertex-anthropic',
  operations: [
    { method: 'POST', path: new RegExp(`${models}count-tokens:rawPredict$`), answer: countTokens },
    { method: 'POST', path: new RegExp(`${models}([^/]+):rawPredict$`), answer: predict },
    { method: 'POST', path: new RegExp(`${models}([^/]+):streamRawPredict$`), answer: predict },
  ],
  claims: () => false,
  headers,
  failure,
  streamFailure,
  malformedFrame,
  turnedAway,
};

/** Either method streams when the body says so. */
function predict(call: Call, house: House): Reply {
  return answerMessages({ ...call, body: anthropicBody(call.body, call.named ?? '') }, house);
}

function countTokens({ body }: Call): Reply {
  const { model, ...rest } = body;
  const input_tokens = countPrompt(anthropicBody(rest, stringOf(model)));
  return { kind: 'whole', body: JSON.stringify({ input_tokens }), tokens: 0 };
}
