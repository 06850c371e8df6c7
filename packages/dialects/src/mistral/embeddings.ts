import type { EmbeddingProvider } from '../embeddings/embedding.ts';
import { noUser } from '../embeddings/params.ts';
import { readEmbeddings, written } from '../openai-chat/embeddings.ts';

/** Mistral's embeddings (Mistral API reference, "Embeddings"): OpenAI's, but for a name. */
export const embeddingProvider: EmbeddingProvider = {
  write: (intent, model, losses) =>
    written(intent, model, losses, { dimensions: 'output_dimension', user: noUser }),
  read: readEmbeddings,
};
