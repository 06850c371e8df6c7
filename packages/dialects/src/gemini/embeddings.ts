import type {
  EmbeddingCaller,
  EmbeddingInput,
  EmbeddingIntent,
  EmbeddingParams,
  EmbeddingProvider,
  Purpose,
} from '../embeddings/embedding.ts';
import { neverTruncates, noUser, writeEmbeddingParams } from '../embeddings/params.ts';
import { vectorOf } from '../embeddings/vectors.ts';
import { AnswerError, RequestError } from '../errors.ts';
import { Fields, listIn, objectIn, valueIn } from '../fields.ts';
import type { Extra } from '../intent.ts';
import { camel } from './camel.ts';
import { readUsage } from './usage.ts';

/** Gemini API reference, "TaskType". */
export const taskTypes: Readonly<Record<Purpose, string>> = {
  query: 'RETRIEVAL_QUERY',
  document: 'RETRIEVAL_DOCUMENT',
  similarity: 'SEMANTIC_SIMILARITY',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
  question: 'QUESTION_ANSWERING',
  fact: 'FACT_VERIFICATION',
  'code-query': 'CODE_RETRIEVAL_QUERY',
};

const purposes: ReadonlyMap<string, Purpose> = new Map(
  (Object.entries(taskTypes) as [Purpose, string][]).map(([purpose, type]) => [type, purpose]),
);

/** embedContent and batchEmbedContents (Gemini API reference, "Embeddings"). */
export const embeddingCaller: EmbeddingCaller = {
  read({ body, model, isOne }): EmbeddingIntent {
    if (model === undefined) throw new RequestError('model', undefined, 'a model in the path');
    const extras: Extra[] = [];
    const fields = Fields.of(camel(body), '', extras);
    const requests = isOne ? [fields] : fields.objects('requests');
    const read = requests.map((one) => readOne(one, extras));
    fields.done();
    const [first, ...others] = read;
    if (first === undefined) {
      throw new RequestError('requests', fields.raw('requests'), 'at least one request');
    }
    for (const { params, input } of others) refuseOtherParams(first.params, params, input.path);
    return {
      from: 'gemini',
      model,
      inputs: read.map(({ input }) => input),
      params: first.params,
      paths: first.paths,
      extras,
      isBase64: false,
      isOne,
      isMistral: false,
    };
  },

  write({ vectors, usage: { input } }, { isOne }): object {
    const embeddings = vectors.map((values) => ({ values }));
    return {
      ...(isOne ? { embedding: embeddings[0] } : { embeddings }),
      usageMetadata:
        input === undefined ? undefined : { promptTokenCount: input, totalTokenCount: input },
    };
  },
};

interface One {
  readonly input: EmbeddingInput;
  readonly params: EmbeddingParams;
  readonly paths: EmbeddingIntent['paths'];
}

/** The settings may stand in `embedContentConfig` as well, as newer models have it. */
function readOne(request: Fields, extras: Extra[]): One {
  // The path has said it; clients say it again in each.
  request.skip('model');
  const path = request.at('content');
  const content = request.object('content');
  if (content === undefined) throw new RequestError(path, undefined, 'an object with parts');
  const texts = content.objects('parts').map((part) => {
    const text = part.string('text');
    if (text === undefined) {
      throw new RequestError(part.path, part.whole(), 'text: this provider embeds nothing else');
    }
    part.done();
    return text;
  });
  content.skip('role');
  content.done();
  const params: { -readonly [K in keyof EmbeddingParams]: EmbeddingParams[K] } = {};
  const paths: { -readonly [K in keyof EmbeddingParams]?: string } = {};
  for (const holder of [request, request.object('embedContentConfig')]) {
    if (holder === undefined) continue;
    const take = <K extends keyof EmbeddingParams>(
      name: K,
      field: string,
      value: EmbeddingParams[K],
    ): void => {
      if (value === undefined) return;
      params[name] = value;
      paths[name] = holder.at(field);
    };
    take('dimensions', 'outputDimensionality', holder.number('outputDimensionality'));
    take('title', 'title', holder.string('title'));
    take('truncate', 'autoTruncate', holder.boolean('autoTruncate'));
    const type = holder.string('taskType');
    const purpose = type === undefined ? undefined : purposes.get(type);
    take('purpose', 'taskType', purpose);
    if (type !== undefined && purpose === undefined && type !== 'TASK_TYPE_UNSPECIFIED') {
      extras.push({ path: holder.at('taskType'), value: type });
    }
    holder.done();
  }
  return { input: { path, text: texts.join('\n') }, params, paths };
}

/** Everywhere else there is one setting for all. */
function refuseOtherParams(first: EmbeddingParams, other: EmbeddingParams, path: string): void {
  const names = [...Object.keys(first), ...Object.keys(other)] as (keyof EmbeddingParams)[];
  const name = names.find((one) => first[one] !== other[one]);
  if (name === undefined) return;
  const expected = `the same ${name} as in the first request, for this provider takes one for all`;
  throw new RequestError(path, other[name], expected);
}

export const embeddingProvider: EmbeddingProvider = {
  write(intent, model, losses) {
    const settings: Record<string, unknown> = {};
    const table = {
      dimensions: { field: 'outputDimensionality' },
      purpose: {
        write(purpose: Purpose) {
          settings['taskType'] = taskTypes[purpose];
        },
      },
      title: { field: 'title' },
      truncate: neverTruncates(intent, losses),
      user: noUser,
    };
    writeEmbeddingParams(intent, table, settings, losses);
    return {
      requests: intent.inputs.map(({ text }) => ({
        model: `models/${model}`,
        content: { parts: [{ text }] },
        ...settings,
      })),
    };
  },

  read(answer) {
    const one = objectIn(answer, 'embedding');
    const embeddings = one === undefined ? listIn(answer, 'embeddings') : [one];
    if (embeddings.length === 0) throw new AnswerError('found an answer without embeddings');
    const vectors = embeddings.map((embedding) => vectorOf(valueIn(embedding, 'values')));
    return { vectors, usage: readUsage(answer) };
  },
};
