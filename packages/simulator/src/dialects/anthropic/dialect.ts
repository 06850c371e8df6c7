import { compose } from '../../toy/compose.ts';
import { type Call, type Dialect, type House, Refusal, type Reply } from '../dialect.ts';
import { messageBody, messageOf } from './answer.ts';
import { failure, headers, malformedFrame, streamFailure, turnedAway } from './failure.ts';
import { listModels, oneModel } from './models.ts';
import { countPrompt, readMessages } from './request.ts';
import { messageFrames } from './stream.ts';

/** Anthropic's API, versions 2023-06-01 and 2026-10-21: messages, token counting and models. */
export const anthropic: Dialect = {
  name: 'anthropic',
  operations: [
    { method: 'POST', path: /^\/v1\/messages$/, answer: messages },
    { method: 'POST', path: /^\/v1\/messages\/count_tokens$/, answer: countTokens },
    { method: 'GET', path: /^\/v1\/models$/, answer: listModels },
    { method: 'GET', path: /^\/v1\/models\/(.+)$/, answer: oneModel },
  ],
  claims: (headers) => headers['anthropic-version'] !== undefined,
  headers,
  failure,
  streamFailure,
  malformedFrame,
  turnedAway,
};

function messages(call: Call, house: House): Reply {
  checkVersion(call);
  return answerMessages(call, house);
}

/** The same wherever it is asked for. */
export function answerMessages(call: Call, house: House): Reply {
  const request = readMessages(call.body);
  const answer = compose(request.ask, house.seed, call.hugeBytes);
  const message = messageOf(request, answer, call.ids, house.memory);
  if (request.stream) {
    const frames = messageFrames(message);
    return { kind: 'stream', contentType: 'text/event-stream; charset=utf-8', frames };
  }
  return { kind: 'whole', body: messageBody(message), tokens: message.usage.output_tokens };
}

function countTokens(call: Call): Reply {
  checkVersion(call);
  const body = JSON.stringify({ input_tokens: countPrompt(call.body) });
  return { kind: 'whole', body, tokens: 0 };
}

function checkVersion({ headers }: Call): void {
  if (headers['anthropic-version'] !== undefined) return;
  throw new Refusal({ status: 400, message: 'anthropic-version: header is required' });
}
