import type { EmbeddingProvider, Purpose } from '../embeddings/embedding.ts';
import { noUser, onlyText, writeEmbeddingParams } from '../embeddings/params.ts';
import { vectorOf } from '../embeddings/vectors.ts';
import { AnswerError } from '../errors.ts';
import { listIn, objectIn, valueIn } from '../fields.ts';
import { embeddingProvider as gemini, taskTypes } from '../gemini/embeddings.ts';
import { count, unknownUsage, type Usage } from '../usage.ts';

/** Newer models have a method of their own, as `@google/genai` tells them apart. */
export const hasEmbedContent = (model: string): boolean =>
  model.includes('gemini') && model !== 'gemini-embedding-001';

/**
 * Embeddings on Vertex AI (Vertex AI REST reference, "Text embeddings API"): instances of a
 * prediction, or Gemini's embedContent with its settings in a place of their own.
 */
export const embeddingProvider: EmbeddingProvider = {
  write(intent, model, losses) {
    const isNew = hasEmbedContent(model);
    const settings: Record<string, unknown> = {};
    const own: Record<string, unknown> = {};
    const table = {
      dimensions: { field: 'outputDimensionality' },
      purpose: {
        write(purpose: Purpose) {
          if (isNew) settings['taskType'] = taskTypes[purpose];
          else own['task_type'] = taskTypes[purpose];
        },
      },
      title: {
        write(title: string) {
          (isNew ? settings : own)['title'] = title;
        },
      },
      truncate: { field: 'autoTruncate' },
      user: noUser,
    };
    writeEmbeddingParams(intent, table, settings, losses);
    if (isNew) {
      return { content: { parts: [{ text: onlyText(intent) }] }, embedContentConfig: settings };
    }
    const instances = intent.inputs.map(({ text }) => ({ content: text, ...own }));
    return { instances, parameters: settings };
  },

  read(answer) {
    const predictions = listIn(answer, 'predictions');
    if (objectIn(answer, 'embedding') !== undefined) return gemini.read(answer);
    if (predictions.length === 0) throw new AnswerError('found an answer without predictions');
    const vectors = predictions.map((one) =>
      vectorOf(valueIn(objectIn(one, 'embeddings'), 'values')),
    );
    return { vectors, usage: predictedUsage(answer) };
  },
};

/** Tokens of predicted embeddings, which are told for each. */
export function predictedUsage(answer: unknown): Usage {
  const predictions = listIn(answer, 'predictions');
  const counts = predictions.flatMap((one) => {
    const statistics = objectIn(objectIn(one, 'embeddings'), 'statistics');
    return count(statistics, 'token_count') ?? [];
  });
  if (counts.length === 0 || counts.length < predictions.length) return unknownUsage;
  return { ...unknownUsage, input: counts.reduce((sum, one) => sum + one, 0) };
}
