import type { EmbeddingIntent, EmbeddingProvider, Purpose } from '../embeddings/embedding.ts';
import { noTitle, noUser, writeEmbeddingParams } from '../embeddings/params.ts';
import { vectorOf } from '../embeddings/vectors.ts';
import { AnswerError } from '../errors.ts';
import { listIn, objectIn } from '../fields.ts';
import type { Losses } from '../losses.ts';
import { readEmbeddingUsage } from './usage.ts';

/** Cohere's embeddings (Cohere API reference, "Embed API (v2)"). */
export const embeddingProvider: EmbeddingProvider = {
  write: (intent, model, losses) => ({ model, ...embedOf(intent, losses) }),

  read(answer) {
    const embeddings = objectIn(answer, 'embeddings');
    if (embeddings === undefined) throw new AnswerError('found an answer without embeddings');
    const vectors = listIn(embeddings, 'float').map(vectorOf);
    return { vectors, usage: readEmbeddingUsage(answer) };
  },
};

/** What is asked, wherever the model is named. */
export function embedOf(intent: EmbeddingIntent, losses: Losses): object {
  const { inputs, params, paths } = intent;
  const body: Record<string, unknown> = {
    texts: inputs.map(({ text }) => text),
    input_type: typeOf(params.purpose),
    embedding_types: ['float'],
  };
  const { purpose } = params;
  if (purpose === undefined || own[purpose] === undefined) {
    const path = paths.purpose ?? inputs[0]?.path ?? 'input';
    losses.altered(path, `embedded as ${typeOf(purpose)}: this provider has to be told what for`);
  }
  const table = {
    dimensions: { field: 'output_dimension' },
    purpose: { write: () => undefined },
    title: noTitle,
    truncate: {
      write(truncate: boolean) {
        body['truncate'] = truncate ? 'END' : 'NONE';
      },
    },
    user: noUser,
  };
  writeEmbeddingParams(intent, table, body, losses);
  return body;
}

/** Same page, `input_type`. */
const own: Readonly<Partial<Record<Purpose, string>>> = {
  query: 'search_query',
  document: 'search_document',
  classification: 'classification',
  clustering: 'clustering',
};

/** What asks is a query, whatever it asks for; what is compared with its like is a document. */
const near: Readonly<Partial<Record<Purpose, string>>> = {
  question: 'search_query',
  fact: 'search_query',
  'code-query': 'search_query',
};

const typeOf = (purpose: Purpose | undefined): string =>
  (purpose === undefined ? undefined : (own[purpose] ?? near[purpose])) ?? 'search_document';
