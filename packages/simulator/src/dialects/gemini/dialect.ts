import { compose } from '../../toy/compose.ts';
import { wantsRefusal } from '../../toy/refusal.ts';
import type { Call, Dialect, House, Operation, Reply } from '../dialect.ts';
import { type Generated, generated, responseBody } from './answer.ts';
import { batchEmbedContents, embedContent } from './embeddings.ts';
import {
  arrayFailure,
  arrayMalformed,
  failure,
  headers,
  malformedFrame,
  streamFailure,
  turnedAway,
} from './failure.ts';
import { listModels, oneModel } from './models.ts';
import { predict } from './predict.ts';
import { readCountTokens, readGenerateContent } from './request.ts';
import { asArray, asEvents, contentFrames } from './stream.ts';

/** Under the Gemini API's paths and under those of Vertex AI, whose body is the same. */
const model =
  '^/v1(?:beta|beta1|alpha)?/(?:(?:projects/[^/]+/locations/[^/]+/)?publishers/google/)?models';

const method = (name: string, answer: Operation['answer'], streams = false): Operation => ({
  method: 'POST',
  path: new RegExp(`${model}/([^/]+):${name}$`),
  answer,
  streams: () => streams,
});

/** Google's API, v1 and v1beta: contents, token counting, embeddings and models. */
export const gemini: Dialect = {
  name: 'gemini',
  operations: [
    method('generateContent', generateContent),
    method('streamGenerateContent', streamGenerateContent, true),
    method('countTokens', countTokens),
    method('embedContent', embedContent),
    method('batchEmbedContents', batchEmbedContents),
    method('predict', predict),
    { method: 'GET', path: new RegExp(`${model}$`), answer: listModels },
    { method: 'GET', path: new RegExp(`${model}/([^/]+)$`), answer: oneModel },
  ],
  claims: (headers) => headers['x-goog-api-key'] !== undefined,
  headers,
  failure,
  streamFailure,
  malformedFrame,
  turnedAway,
};

function generate(call: Call, house: House): Generated & { readonly tokens: number } {
  const request = readGenerateContent(call.body, call.named ?? '');
  const count = wantsRefusal(request.ask.userText) ? 0 : request.candidateCount;
  const answers = Array.from({ length: count }, (_, index) => {
    const variation = `${request.ask.variation}/${index}`;
    return compose({ ...request.ask, variation }, house.seed, call.hugeBytes);
  });
  const tokens = answers.reduce((sum, answer) => sum + answer.outputTokens, 0);
  return { ...generated(request, answers, call.ids, house.memory), tokens };
}

function generateContent(call: Call, house: House): Reply {
  const answer = generate(call, house);
  return { kind: 'whole', body: responseBody(answer), tokens: answer.tokens };
}

function streamGenerateContent(call: Call, house: House): Reply {
  const frames = contentFrames(generate(call, house));
  if (new URLSearchParams(call.query).get('alt') === 'sse') {
    return { kind: 'stream', contentType: 'text/event-stream', frames: asEvents(frames) };
  }
  return {
    kind: 'stream',
    contentType: 'application/json; charset=UTF-8',
    frames: asArray(frames),
    broken: { failure: arrayFailure, malformed: arrayMalformed },
  };
}

function countTokens(call: Call): Reply {
  const { tokens } = readCountTokens(call.body, call.named ?? '');
  const body = JSON.stringify({
    totalTokens: tokens,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: tokens }],
  });
  return { kind: 'whole', body, tokens: 0 };
}
