import { isString, objectsOf, stringOf } from '../../json.ts';
import { embed, wordsOf } from '../../toy/embed.ts';
import { estimateTokens } from '../../toy/tokens.ts';
import type { Call, Reply } from '../dialect.ts';
import { numberOf, textOf } from '../openai/request.ts';
import { invalid } from './rules.ts';

const usualSize = 64;

/** `POST /v2/embed` (https://docs.cohere.com/v2/reference/embed), of texts as numbers. */
export function embeddings({ body, ids }: Call): Reply {
  if (!isString(body['model'])) throw invalid('model is required');
  if (!isString(body['input_type'])) throw invalid('valid input_type must be provided');
  const texts = Array.isArray(body['texts'])
    ? body['texts'].map(stringOf)
    : objectsOf(body['inputs']).map(({ content }) => textOf(content));
  if (texts.length === 0) throw invalid('one of texts, images or inputs must be provided');
  if (texts.length > 96) throw invalid('texts: at most 96 are taken in one call');
  const size = numberOf(body['output_dimension']) ?? usualSize;
  const float = texts.map((text) => Array.from(embed(wordsOf(text), size)));
  const billed = texts.reduce((sum, text) => sum + estimateTokens(text.length), 0);
  const answer = {
    id: ids.uuid(),
    texts: texts.map((text) => text.toLowerCase()),
    embeddings: { float },
    meta: { api_version: { version: '2' }, billed_units: { input_tokens: billed } },
    response_type: 'embeddings_by_type',
  };
  return { kind: 'whole', body: JSON.stringify(answer), tokens: 0 };
}
