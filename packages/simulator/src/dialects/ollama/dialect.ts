import { compose } from '../../toy/compose.ts';
import type { Call, Dialect, Frame, House, Reply } from '../dialect.ts';
import { chatBody, generateBody, respond, type Told } from './answer.ts';
import { embeddings, oneEmbedding } from './embeddings.ts';
import { failure, headers, malformedFrame, streamFailure, turnedAway } from './failure.ts';
import { listModels, listRunning, show, version } from './models.ts';
import { type OllamaRequest, readChat, readGenerate } from './request.ts';
import { chatLines, generateLines } from './stream.ts';

/** Ollama's own API, in lines of JSON. What it has of OpenAI's is served where OpenAI's is. */
export const ollama: Dialect = {
  name: 'ollama',
  operations: [
    { method: 'POST', path: /^\/api\/chat$/, answer: chat, streams },
    { method: 'POST', path: /^\/api\/generate$/, answer: generate, streams },
    { method: 'POST', path: /^\/api\/embed$/, answer: embeddings, streams: () => false },
    { method: 'POST', path: /^\/api\/embeddings$/, answer: oneEmbedding, streams: () => false },
    { method: 'GET', path: /^\/api\/tags$/, answer: listModels },
    { method: 'GET', path: /^\/api\/version$/, answer: version },
    { method: 'GET', path: /^\/api\/ps$/, answer: listRunning },
    { method: 'POST', path: /^\/api\/show$/, answer: show, streams: () => false },
  ],
  claims: () => false,
  headers,
  failure,
  streamFailure,
  malformedFrame,
  turnedAway,
};

function streams(body: { readonly stream?: unknown }): boolean {
  return body.stream !== false;
}

function chat(call: Call, house: House): Reply {
  return reply(readChat(call.body), call, house, chatBody, chatLines);
}

function generate(call: Call, house: House): Reply {
  return reply(readGenerate(call.body), call, house, generateBody, generateLines);
}

function reply(
  request: OllamaRequest,
  call: Call,
  house: House,
  whole: (told: Told) => string,
  lines: (told: Told) => Iterable<Frame>,
): Reply {
  const answer = compose(request.ask, house.seed, call.hugeBytes);
  const told = respond(request, answer, call.ids, call.wall);
  return request.stream
    ? { kind: 'stream', contentType: 'application/x-ndjson', frames: lines(told) }
    : { kind: 'whole', body: whole(told), tokens: answer.outputTokens };
}
