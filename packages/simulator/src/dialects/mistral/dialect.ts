import { compose } from '../../toy/compose.ts';
import type { Call, Dialect, House, Reply } from '../dialect.ts';
import { listModels, oneModel } from '../openai/models.ts';
import { complete, completionBody } from './answer.ts';
import { embeddings } from './embeddings.ts';
import { failure, headers, malformedFrame, streamFailure, turnedAway } from './failure.ts';
import { readChat } from './request.ts';
import { chatFrames } from './stream.ts';

/** Mistral's API: chat, embeddings and models. Its paths are OpenAI's, and so it has a folder. */
export const mistral: Dialect = {
  name: 'mistral',
  operations: [
    { method: 'POST', path: /^\/mistral\/v1\/chat\/completions$/, answer: chat },
    { method: 'POST', path: /^\/mistral\/v1\/embeddings$/, answer: embeddings },
    { method: 'GET', path: /^\/mistral\/v1\/models$/, answer: listModels },
    { method: 'GET', path: /^\/mistral\/v1\/models\/(.+)$/, answer: oneModel },
  ],
  claims: () => false,
  headers,
  failure,
  streamFailure,
  malformedFrame,
  turnedAway,
};

function chat(call: Call, house: House): Reply {
  const asked = readChat(call.body);
  const answers = Array.from({ length: asked.n }, (_, index) => {
    const variation = `${asked.ask.variation}/${index}`;
    return compose({ ...asked.ask, variation }, house.seed, call.hugeBytes);
  });
  const completion = complete(asked, answers, call.ids, call.wall, house.memory);
  if (asked.stream) {
    const frames = chatFrames(completion);
    return { kind: 'stream', contentType: 'text/event-stream; charset=utf-8', frames };
  }
  const tokens = completion.usage.completion_tokens;
  return { kind: 'whole', body: completionBody(completion), tokens };
}
