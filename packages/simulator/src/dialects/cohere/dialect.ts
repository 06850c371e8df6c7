import { compose } from '../../toy/compose.ts';
import type { Call, Dialect, House, Reply } from '../dialect.ts';
import { chatBody, respond } from './answer.ts';
import { embeddings } from './embeddings.ts';
import { failure, headers, malformedFrame, streamFailure, turnedAway } from './failure.ts';
import { listModels } from './models.ts';
import { readChat } from './request.ts';
import { chatFrames } from './stream.ts';

/** Cohere's API, second version. Models are listed where everybody lists theirs, hence the folder. */
export const cohere: Dialect = {
  name: 'cohere',
  operations: [
    { method: 'POST', path: /^(?:\/cohere)?\/v2\/chat$/, answer: chat },
    { method: 'POST', path: /^(?:\/cohere)?\/v2\/embed$/, answer: embeddings },
    { method: 'GET', path: /^\/cohere\/v1\/models$/, answer: listModels },
  ],
  claims: () => false,
  headers,
  failure,
  streamFailure,
  malformedFrame,
  turnedAway,
};

function chat(call: Call, house: House): Reply {
  const request = readChat(call.body);
  const answer = compose(request.ask, house.seed, call.hugeBytes);
  const told = respond(request, answer, call.ids, house.memory);
  return request.stream
    ? { kind: 'stream', contentType: 'text/event-stream', frames: chatFrames(told) }
    : { kind: 'whole', body: chatBody(told), tokens: answer.outputTokens };
}
