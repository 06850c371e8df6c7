import {
  neverTruncates,
  noPurpose,
  noTitle,
  writeEmbeddingParams,
  type EmbeddingTable,
} from '../embeddings/params.ts';
import type {
  EmbeddingCaller,
  EmbeddingInput,
  EmbeddingIntent,
  EmbeddingParams,
  EmbeddingProvider,
  EmbeddingReply,
  Purpose,
} from '../embeddings/embedding.ts';
import { base64Of, vectorOf } from '../embeddings/vectors.ts';
import { AnswerError, RequestError } from '../errors.ts';
import { Fields, isJsonObject, listIn, valueIn } from '../fields.ts';
import type { Extra } from '../intent.ts';
import { count } from '../usage.ts';
import { readUsage } from './usage.ts';

/**
 * Embeddings (OpenAI API reference, "Create embeddings"), with what servers of this dialect take
 * beside it: NVIDIA's and Cohere's `input_type`, Mistral's `output_dimension`.
 */
export const embeddingCaller: EmbeddingCaller = {
  read({ body, isOne, isMistral }): EmbeddingIntent {
    const extras: Extra[] = [];
    const fields = Fields.of(body, '', extras);
    const params: { -readonly [K in keyof EmbeddingParams]: EmbeddingParams[K] } = {};
    const paths: { -readonly [K in keyof EmbeddingParams]?: string } = {};
    for (const name of ['dimensions', 'output_dimension']) {
      const dimensions = fields.number(name);
      if (dimensions !== undefined) {
        params.dimensions = dimensions;
        paths.dimensions = name;
      }
    }
    const type = fields.string('input_type');
    const purpose = type === undefined ? undefined : purposes[type];
    if (purpose !== undefined) {
      params.purpose = purpose;
      paths.purpose = 'input_type';
    } else if (type !== undefined) extras.push({ path: 'input_type', value: type });
    const user = fields.string('user');
    if (user !== undefined) {
      params.user = user;
      paths.user = 'user';
    }
    const dtype = fields.string('output_dtype');
    if (dtype !== undefined && dtype !== 'float') {
      const needed = 'float: this provider gives numbers of no other kind';
      extras.push({ path: 'output_dtype', value: dtype, needed });
    }
    const intent: EmbeddingIntent = {
      from: 'openai-chat',
      model: fields.needString('model'),
      inputs: readInputs(fields.raw('input')),
      params,
      paths,
      extras,
      isBase64: fields.string('encoding_format') === 'base64',
      isOne,
      isMistral,
    };
    fields.skip('stream');
    fields.done();
    return intent;
  },

  write({ vectors, usage: { input } }, { isBase64, isMistral }, { model, id }): object {
    const unknown = isMistral ? {} : undefined;
    return {
      // Mistral's own client demands an id, and a usage, which may be empty.
      id: isMistral ? id : undefined,
      object: 'list',
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: isBase64 ? base64Of(vector) : vector,
      })),
      model,
      usage: input === undefined ? unknown : { prompt_tokens: input, total_tokens: input },
    };
  },
};

/** Cohere's words for what a text is for, and NVIDIA's. */
const purposes: Readonly<Record<string, Purpose>> = {
  search_query: 'query',
  search_document: 'document',
  classification: 'classification',
  clustering: 'clustering',
  query: 'query',
  passage: 'document',
};

const NO_TOKENS = 'text: tokens mean something to the model alone whose they are';

function readInputs(input: unknown): readonly EmbeddingInput[] {
  const path = 'input';
  if (typeof input === 'string') return [{ path, text: input }];
  if (!Array.isArray(input) || input.length === 0) {
    throw new RequestError(path, input, 'a text or an array of texts');
  }
  return input.map((text: unknown, index) => {
    const at = `${path}[${index}]`;
    if (typeof text === 'string') return { path: at, text };
    throw new RequestError(at, text, NO_TOKENS);
  });
}

export const embeddingProvider: EmbeddingProvider = {
  write(intent, model, losses) {
    return written(intent, model, losses, { dimensions: 'dimensions', user: { field: 'user' } });
  },
  read: readEmbeddings,
};

/** A request in this dialect, or in one that names a few fields otherwise. */
export function written(
  intent: EmbeddingIntent,
  model: string,
  losses: Parameters<EmbeddingProvider['write']>[2],
  { dimensions, user }: { readonly dimensions: string; readonly user: EmbeddingTable['user'] },
): object {
  const body: Record<string, unknown> = { model, input: intent.inputs.map(({ text }) => text) };
  const table: EmbeddingTable = {
    dimensions: { field: dimensions },
    purpose: noPurpose,
    title: noTitle,
    truncate: neverTruncates(intent, losses),
    user,
  };
  writeEmbeddingParams(intent, table, body, losses);
  return body;
}

export function readEmbeddings(answer: unknown): EmbeddingReply {
  if (!isJsonObject(answer)) throw new AnswerError('found no list of embeddings');
  const data = listIn(answer, 'data');
  // Each says its number; servers that batch need not keep the order.
  const vectors = data
    .map((one, index) => ({
      index: count(one, 'index') ?? index,
      vector: vectorOf(valueIn(one, 'embedding')),
    }))
    .sort((a, b) => a.index - b.index)
    .map(({ vector }) => vector);
  return { vectors, usage: readUsage(answer) };
}
