import type { DialectName, Operation } from '@vitalgate/dialects';
import { modelRoutes } from '../server/routes.ts';
import { jsonContent, type Json } from './json.ts';

/** Paths of models, each with the models that may be named; bodies as far as routing knows them. */
export function modelPaths(models: readonly string[]): Record<string, Json> {
  const paths: Record<string, Json> = {};
  if (models.length === 0) return paths;
  for (const { method, path, dialect = 'openai-chat', operation, streamed } of modelRoutes) {
    const isNamed = path.includes('{model}');
    const [vendor, documented] = vendors[dialect];
    const described: Json = {
      tags: ['models'],
      operationId: `${method.toLowerCase()}${path.replace(/\W+/g, '_')}`,
      summary: `${summaries[operation]} (${vendor})`,
      externalDocs: { url: documented },
      ...(isNamed && {
        parameters: [{ name: 'model', in: 'path', required: true, schema: { enum: models } }],
      }),
      ...(method === 'POST' && {
        requestBody: {
          required: true,
          content: jsonContent(bodyOf(dialect, operation, isNamed ? undefined : models)),
        },
      }),
      responses: {
        '200': {
          description: 'As the vendor describes it.',
          content: { ...jsonContent({}), ...(streamed !== false && streamsOf(operation)) },
        },
        default: {
          description: 'A failure, in the words of the dialect.',
          content: jsonContent({}),
        },
      },
    };
    (paths[path] as Record<string, Json> | undefined) ??= {};
    paths[path] = { ...paths[path], [method.toLowerCase()]: described };
  }
  return paths;
}

const summaries: Readonly<Record<Operation, string>> = {
  chat: 'Ask a model',
  completions: 'Have a text continued',
  embeddings: 'Embed texts',
  embedding: 'Embed one text',
  'count-tokens': 'Count tokens',
  models: 'List models',
};

const vendors: Readonly<Record<DialectName, readonly [name: string, url: string]>> = {
  'openai-chat': ['OpenAI', 'https://platform.openai.com/docs/api-reference'],
  'openai-responses': ['OpenAI', 'https://platform.openai.com/docs/api-reference/responses'],
  anthropic: ['Anthropic', 'https://docs.anthropic.com/en/api'],
  gemini: ['Gemini', 'https://ai.google.dev/api'],
  ollama: ['Ollama', 'https://docs.ollama.com/api'],
  bedrock: ['Amazon Bedrock', 'https://docs.aws.amazon.com/bedrock/latest/APIReference'],
};

const streamsOf = (operation: Operation): Json =>
  operation === 'chat' || operation === 'completions'
    ? { 'text/event-stream': { schema: {} } }
    : {};

/** The fields that everybody has to give. */
function bodyOf(
  dialect: DialectName,
  operation: Operation,
  models: readonly string[] | undefined,
): Json {
  const asked = askedIn(dialect, operation);
  return {
    type: 'object',
    required: [...(models === undefined ? [] : ['model']), ...(asked === undefined ? [] : [asked])],
    properties: {
      ...(models !== undefined && { model: { enum: models } }),
      ...(asked !== undefined && { [asked]: lists.has(asked) ? { type: 'array' } : {} }),
      ...(models !== undefined && { stream: { type: 'boolean' } }),
    },
  };
}

const lists: ReadonlySet<string> = new Set(['messages', 'contents', 'requests']);

/** Undefined for what asks nothing but the model. */
function askedIn(dialect: DialectName, operation: Operation): string | undefined {
  if (operation === 'models') return undefined;
  if (dialect === 'gemini') return geminiAsks[operation] ?? 'contents';
  if (dialect === 'bedrock' && operation === 'count-tokens') return 'input';
  if (operation === 'completions' || operation === 'embedding') return 'prompt';
  return operation === 'embeddings' || dialect === 'openai-responses' ? 'input' : 'messages';
}

const geminiAsks: Readonly<Partial<Record<Operation, string>>> = {
  embedding: 'content',
  embeddings: 'requests',
};
