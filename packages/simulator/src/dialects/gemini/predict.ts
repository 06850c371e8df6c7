import { objectsOf, stringOf } from '../../json.ts';
import { embed, wordsOf } from '../../toy/embed.ts';
import { estimateTokens } from '../../toy/tokens.ts';
import type { Call, Reply } from '../dialect.ts';
import { numberOf, objectAt } from './request.ts';
import { invalid } from './rules.ts';

const usualSize = 64;

/**
 * `publishers.models.predict` of Vertex AI, of models that embed text
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api).
 */
export function predict({ body, named = '' }: Call): Reply {
  const instances = objectsOf(body['instances']);
  if (instances.length === 0) throw invalid('Empty instances.');
  if (named === 'gemini-embedding-001' && instances.length > 1) {
    throw invalid(`Batch size of ${instances.length} is not supported for ${named}; it is 1.`);
  }
  const size = numberOf(objectAt(body, 'parameters')['outputDimensionality']) ?? usualSize;
  const predictions = instances.map((instance) => {
    const content = stringOf(instance['content']);
    if (content === '') throw invalid('The text content is empty.');
    const statistics = { truncated: false, token_count: estimateTokens(content.length) };
    return { embeddings: { statistics, values: Array.from(embed(wordsOf(content), size)) } };
  });
  const metadata = { billableCharacterCount: 0 };
  return { kind: 'whole', body: JSON.stringify({ predictions, metadata }), tokens: 0 };
}
