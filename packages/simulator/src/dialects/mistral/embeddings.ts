import { isString } from '../../json.ts';
import type { Call, Reply } from '../dialect.ts';
import { embeddings as ofOpenai } from '../openai/embeddings.ts';
import { checkNames, unprocessable } from './rules.ts';

/** `EmbeddingRequest` of Mistral's OpenAPI document, which is closed. */
const fields = new Set(
  'model input metadata output_dimension output_dtype encoding_format'.split(' '),
);

/** `POST /v1/embeddings` (https://docs.mistral.ai/api/endpoint/embeddings): OpenAI's, with an id. */
export function embeddings(call: Call): Reply {
  const { body, ids } = call;
  checkNames(body, fields);
  if (!isString(body['model'])) throw unprocessable('missing', ['model'], 'Field required');
  if (body['input'] === undefined) throw unprocessable('missing', ['input'], 'Field required');
  const { output_dimension: dimensions, ...rest } = body;
  const reply = ofOpenai({
    ...call,
    body: dimensions === undefined ? rest : { ...rest, dimensions },
  });
  if (reply.kind !== 'whole') return reply;
  return { ...reply, body: JSON.stringify({ id: ids.uuid(), ...JSON.parse(reply.body) }) };
}
