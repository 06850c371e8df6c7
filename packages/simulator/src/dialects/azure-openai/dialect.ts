import { objectsOf } from '../../json.ts';
import { wantsRefusal } from '../../toy/refusal.ts';
import {
  type Call,
  type Dialect,
  type House,
  type Operation,
  Refusal,
  type Reply,
} from '../dialect.ts';
import { completions } from '../openai/completions.ts';
import { chat as openaiChat } from '../openai/dialect.ts';
import { embeddings } from '../openai/embeddings.ts';
import { malformedFrame, streamFailure } from '../openai/failure.ts';
import { listModels, oneModel } from '../openai/models.ts';
import { textOf } from '../openai/request.ts';
import { responses } from '../openai-responses/dialect.ts';
import { inputItems, remove, retrieve } from '../openai-responses/stored.ts';
import { filteredBody, filteredFrames } from './answer.ts';
import { failure, filtered, headers, turnedAway } from './failure.ts';

/** Below a deployment, which stands for the model, and with a version in the query. */
const deployed = (name: string, answer: Operation['answer']): Operation => ({
  method: 'POST',
  path: new RegExp(`^/openai/deployments/([^/]+)/${name}$`),
  answer(call, house) {
    checkVersion(call);
    return answer({ ...call, body: { ...call.body, model: call.named ?? '' } }, house);
  },
});

/** As OpenAI has it, below `/openai/v1`: the deployment is the model of the body. */
const named = (
  method: Operation['method'],
  path: string,
  answer: Operation['answer'],
): Operation => ({ method, path: new RegExp(`^/openai/v1/${path}$`), answer });

/** Azure OpenAI, in its older and its newer form. */
export const azureOpenai: Dialect = {
  name: 'azure-openai',
  operations: [
    deployed('chat/completions', chat),
    deployed('completions', completions),
    deployed('embeddings', embeddings),
    { method: 'GET', path: /^\/openai\/models$/, answer: listModels },
    named('POST', 'chat/completions', chat),
    named('POST', 'responses', responses),
    named('GET', 'responses/([^/]+)', retrieve),
    named('GET', 'responses/([^/]+)/input_items', inputItems),
    named('DELETE', 'responses/([^/]+)', remove),
    named('POST', 'completions', completions),
    named('POST', 'embeddings', embeddings),
    named('GET', 'models', listModels),
    named('GET', 'models/(.+)', oneModel),
  ],
  claims: (headers) => headers['api-key'] !== undefined,
  headers,
  failure,
  streamFailure,
  malformedFrame,
  turnedAway,
};

function checkVersion({ query }: Call): void {
  if (new URLSearchParams(query).get('api-version')) return;
  throw new Refusal({ status: 404, code: '404', message: 'Resource not found' });
}

function chat(call: Call, house: House): Reply {
  const user = objectsOf(call.body['messages']).findLast(({ role }) => role === 'user');
  if (wantsRefusal(textOf(user?.['content']))) throw new Refusal(filtered);
  const reply = openaiChat(call, house);
  return reply.kind === 'whole'
    ? { ...reply, body: filteredBody(reply.body) }
    : { ...reply, frames: filteredFrames(reply.frames) };
}
