import { embeddingProvider as cohere, embedOf } from '../cohere/embeddings.ts';
import type { EmbeddingProvider } from '../embeddings/embedding.ts';
import {
  neverTruncates,
  noPurpose,
  noTitle,
  noUser,
  onlyText,
  writeEmbeddingParams,
} from '../embeddings/params.ts';
import { vectorOf } from '../embeddings/vectors.ts';
import { RequestError } from '../errors.ts';
import { objectIn, valueIn } from '../fields.ts';
import { count, unknownUsage } from '../usage.ts';

/** Models that embed text, which are invoked, each in its maker's own words. */
export const isEmbedder = (model: string): boolean => isTitan(model) || isCohere(model);

const isTitan = (model: string): boolean => /(?:^|[./])amazon\.titan-embed-text/.test(model);
const isCohere = (model: string): boolean => /(?:^|[./])cohere\.embed/.test(model);

/**
 * Embeddings by InvokeModel (Amazon Bedrock User Guide, "Amazon Titan Embeddings Text" and "Cohere
 * Embed").
 */
export const embeddingProvider: EmbeddingProvider = {
  write(intent, model, losses) {
    if (isCohere(model)) return embedOf(intent, losses);
    const body: Record<string, unknown> = { inputText: onlyText(intent) };
    const table = {
      dimensions: {
        write(dimensions: number) {
          if (/titan-embed-text-v1|titan-embed-g1/.test(model)) {
            const path = intent.paths.dimensions ?? 'dimensions';
            throw new RequestError(path, dimensions, 'nothing: its vectors have one size');
          }
          body['dimensions'] = dimensions;
        },
      },
      purpose: noPurpose,
      title: noTitle,
      truncate: neverTruncates(intent, losses),
      user: noUser,
    };
    writeEmbeddingParams(intent, table, body, losses);
    return body;
  },

  read(answer) {
    if (objectIn(answer, 'embeddings') !== undefined) return cohere.read(answer);
    const vectors = [vectorOf(valueIn(answer, 'embedding'))];
    return { vectors, usage: { ...unknownUsage, input: count(answer, 'inputTextTokenCount') } };
  },
};
