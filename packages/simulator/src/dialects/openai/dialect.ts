import { compose } from '../../toy/compose.ts';
import type { Call, Dialect, House, Reply } from '../dialect.ts';
import { complete, completionBody } from './answer.ts';
import { completions } from './completions.ts';
import { embeddings } from './embeddings.ts';
import { failure, headers, malformedFrame, streamFailure, turnedAway } from './failure.ts';
import { listModels, oneModel } from './models.ts';
import { readChat } from './request.ts';
import { chatFrames } from './stream.ts';

/** OpenAI's API: chat completions, completions, embeddings and models. */
export const openai: Dialect = {
  name: 'openai',
  operations: [
    { method: 'POST', path: /^\/v1\/chat\/completions$/, answer: chat },
    { method: 'POST', path: /^\/v1\/completions$/, answer: completions },
    { method: 'POST', path: /^\/v1\/embeddings$/, answer: embeddings },
    { method: 'GET', path: /^\/v1\/models$/, answer: listModels },
    { method: 'GET', path: /^\/v1\/models\/(.+)$/, answer: oneModel },
  ],
  claims: () => false,
  headers,
  failure,
  streamFailure,
  malformedFrame,
  turnedAway,
};

export function chat(call: Call, house: House): Reply {
  const asked = readChat(call.body);
  const answers = Array.from({ length: asked.n }, (_, index) => {
    const variation = `${asked.ask.variation}/${index}`;
    return compose({ ...asked.ask, variation }, house.seed, call.hugeBytes);
  });
  const completion = complete(asked, answers, call.ids, call.wall, house.memory);
  if (asked.stream) {
    const frames = chatFrames(completion, asked.includeUsage);
    return { kind: 'stream', contentType: 'text/event-stream; charset=utf-8', frames };
  }
  const tokens = completion.usage.completion_tokens;
  return { kind: 'whole', body: completionBody(completion), tokens };
}
