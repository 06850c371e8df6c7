import { type JsonObject, objectsOf } from '../../json.ts';
import { embed, wordsOf } from '../../toy/embed.ts';
import type { Call, Reply } from '../dialect.ts';
import { readMessage } from './proto.ts';
import { numberOf, objectAt, textOf } from './request.ts';
import { invalid } from './rules.ts';

/** `models.embedContent` (https://ai.google.dev/api/embeddings): one text, one vector. */
export function embedContent({ body }: Call): Reply {
  const embedding = embeddingOf(readMessage(body, 'EmbedContentRequest'), 'EmbedContentRequest');
  return { kind: 'whole', body: JSON.stringify({ embedding }), tokens: 0 };
}

/** `models.batchEmbedContents`. */
export function batchEmbedContents({ body }: Call): Reply {
  const requests = objectsOf(readMessage(body, 'BatchEmbedContentsRequest')['requests']);
  const embeddings = requests.map((request, index) =>
    embeddingOf(request, `BatchEmbedContentsRequest.requests[${index}]`),
  );
  return { kind: 'whole', body: JSON.stringify({ embeddings }), tokens: 0 };
}

/** Small, so that answers can be read; `outputDimensionality` asks for others. */
const usualSize = 64;
const largestSize = 3072;

function embeddingOf(request: JsonObject, at: string): { readonly values: readonly number[] } {
  const text = textOf(objectAt(request, 'content'));
  if (text === '') throw invalid(`* ${at}.content: content is empty\n`);
  const config = objectAt(request, 'embedContentConfig');
  const size =
    numberOf(request['outputDimensionality'] ?? config['outputDimensionality']) ?? usualSize;
  if (!Number.isInteger(size) || size < 1 || size > largestSize) {
    throw invalid(`* ${at}.output_dimensionality: must be between 1 and ${largestSize}.\n`);
  }
  return { values: Array.from(embed(wordsOf(text), size)) };
}
