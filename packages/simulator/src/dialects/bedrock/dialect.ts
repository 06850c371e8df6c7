import { compose } from '../../toy/compose.ts';
import type { Call, Dialect, House, Operation, Reply } from '../dialect.ts';
import { converseBody, respond } from './answer.ts';
import { cohereEmbeddings, titanEmbedding } from './embeddings.ts';
import { failure, headers, malformedFrame, streamFailure, turnedAway } from './failure.ts';
import { countTokens, invokeModel } from './invoke.ts';
import { readConverse } from './request.ts';
import { converseFrames } from './stream.ts';

const action = (name: string, answer: Operation['answer'], streams = false): Operation => ({
  method: 'POST',
  path: new RegExp(`^/model/([^/]+)/${name}$`),
  answer,
  streams: () => streams,
});

/** Amazon Bedrock's runtime: Converse, whole and streamed, Claude and embeddings by InvokeModel, token counting. */
export const bedrock: Dialect = {
  name: 'bedrock',
  operations: [
    action('converse', converse(false)),
    action('converse-stream', converse(true), true),
    action('invoke', invoke),
    action('invoke-with-response-stream', invokeModel(true), true),
    action('count-tokens', countTokens),
  ],
  claims: (headers) => headers.authorization?.startsWith('AWS4-HMAC-SHA256') === true,
  headers,
  failure,
  streamFailure,
  malformedFrame,
  turnedAway,
};

/** Each model is asked in its maker's own words. */
function invoke(call: Call, house: House): Reply {
  const { named = '' } = call;
  if (named.includes('titan-embed')) return titanEmbedding(call);
  if (named.includes('cohere.embed')) return cohereEmbeddings(call);
  return invokeModel(false)(call, house);
}

function converse(stream: boolean): Operation['answer'] {
  return (call: Call, house: House): Reply => {
    const request = readConverse(call.body, call.named ?? '');
    const answer = compose(request.ask, house.seed, call.hugeBytes);
    const told = respond(request, answer, call.ids, house.memory);
    if (!stream) return { kind: 'whole', body: converseBody(told), tokens: told.tokens };
    const contentType = 'application/vnd.amazon.eventstream';
    return { kind: 'stream', contentType, frames: converseFrames(told) };
  };
}
