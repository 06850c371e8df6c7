import type {
  EmbeddingCaller,
  EmbeddingInput,
  EmbeddingIntent,
  EmbeddingParams,
  EmbeddingProvider,
} from '../embeddings/embedding.ts';
import { noPurpose, noTitle, noUser, writeEmbeddingParams } from '../embeddings/params.ts';
import { vectorOf } from '../embeddings/vectors.ts';
import { AnswerError, RequestError } from '../errors.ts';
import { Fields, listIn } from '../fields.ts';
import type { Extra } from '../intent.ts';
import { readUsage } from './usage.ts';

/** Ollama API, "Generate embeddings", and the older way, which has one `prompt` and one vector. */
export const embeddingCaller: EmbeddingCaller = {
  read({ body, isOne }): EmbeddingIntent {
    const extras: Extra[] = [];
    const fields = Fields.of(body, '', extras);
    const params: { -readonly [K in keyof EmbeddingParams]: EmbeddingParams[K] } = {
      dimensions: fields.number('dimensions'),
      truncate: fields.boolean('truncate'),
    };
    const intent: EmbeddingIntent = {
      from: 'ollama',
      model: fields.needString('model'),
      inputs: isOne
        ? [{ path: 'prompt', text: fields.needString('prompt') }]
        : readInputs(fields.raw('input')),
      params,
      paths: { dimensions: 'dimensions', truncate: 'truncate' },
      extras,
      isBase64: false,
      isOne,
      isMistral: false,
    };
    fields.done();
    return intent;
  },

  write({ vectors, usage: { input } }, { isOne }, { model }): object {
    if (isOne) return { embedding: vectors[0] };
    return { model, embeddings: vectors, prompt_eval_count: input };
  },
};

function readInputs(input: unknown): readonly EmbeddingInput[] {
  const path = 'input';
  if (typeof input === 'string') return [{ path, text: input }];
  if (!Array.isArray(input) || input.length === 0) {
    throw new RequestError(path, input, 'a text or an array of texts');
  }
  return input.map((text: unknown, index) => {
    const at = `${path}[${index}]`;
    if (typeof text === 'string') return { path: at, text };
    throw new RequestError(at, text, 'a string');
  });
}

export const embeddingProvider: EmbeddingProvider = {
  write(intent, model, losses) {
    const body: Record<string, unknown> = { model, input: intent.inputs.map(({ text }) => text) };
    const table = {
      dimensions: { field: 'dimensions' },
      purpose: noPurpose,
      title: noTitle,
      truncate: { field: 'truncate' },
      user: noUser,
    };
    writeEmbeddingParams(intent, table, body, losses);
    return body;
  },

  read(answer) {
    const embeddings = listIn(answer, 'embeddings');
    if (embeddings.length === 0) throw new AnswerError('found an answer without embeddings');
    return { vectors: embeddings.map(vectorOf), usage: readUsage(answer) };
  },
};
