import type { DialectName, Operation } from '@vitalgate/dialects';

/** What a path of the gateway listener means. The test matrix is generated from this table. */
export interface RouteEntry {
  readonly method: 'POST' | 'GET';
  /** `{model}` stands for the name of a model. */
  readonly path: string;
  /** Undefined where a header tells one dialect from another. */
  readonly dialect: DialectName | undefined;
  readonly operation: Operation;
  /** Where the path says whether the answer is streamed, and the body does not. */
  readonly streamed?: boolean;
}

const post = (
  path: string,
  dialect: DialectName,
  operation: Operation,
  streamed?: boolean,
): RouteEntry => ({
  method: 'POST',
  path,
  dialect,
  operation,
  ...(streamed === undefined ? {} : { streamed }),
});

const get = (path: string, dialect: DialectName | undefined): RouteEntry[] => [
  { method: 'GET', path, dialect, operation: 'models' },
  { method: 'GET', path: `${path}/{model}`, dialect, operation: 'models' },
];

/** Google's clients ask under both versions. */
const gemini = (version: string): RouteEntry[] => [
  post(`${version}/models/{model}:generateContent`, 'gemini', 'chat', false),
  post(`${version}/models/{model}:streamGenerateContent`, 'gemini', 'chat', true),
  post(`${version}/models/{model}:countTokens`, 'gemini', 'count-tokens', false),
  post(`${version}/models/{model}:embedContent`, 'gemini', 'embedding', false),
  post(`${version}/models/{model}:batchEmbedContents`, 'gemini', 'embeddings', false),
];

/** Without the namespaces, which have the same again. */
export const modelRoutes: readonly RouteEntry[] = [
  post('/v1/chat/completions', 'openai-chat', 'chat'),
  post('/v1/responses', 'openai-responses', 'chat'),
  post('/v1/responses/input_tokens', 'openai-responses', 'count-tokens'),
  post('/v1/completions', 'openai-chat', 'completions'),
  post('/v1/embeddings', 'openai-chat', 'embeddings'),
  post('/v1/messages', 'anthropic', 'chat'),
  post('/v1/messages/count_tokens', 'anthropic', 'count-tokens'),
  post('/api/chat', 'ollama', 'chat'),
  post('/api/generate', 'ollama', 'completions'),
  post('/api/embed', 'ollama', 'embeddings'),
  post('/api/embeddings', 'ollama', 'embedding'),
  post('/model/{model}/count-tokens', 'bedrock', 'count-tokens', false),
  post('/model/{model}/converse', 'bedrock', 'chat', false),
  post('/model/{model}/converse-stream', 'bedrock', 'chat', true),
  ...gemini('/v1beta'),
  ...gemini('/v1'),
  ...get('/v1/models', undefined),
  ...get('/v1beta/models', 'gemini'),
  { method: 'GET', path: '/api/tags', dialect: 'ollama', operation: 'models' },
  { method: 'GET', path: '/api/ps', dialect: 'ollama', operation: 'models' },
  { method: 'GET', path: '/api/version', dialect: 'ollama', operation: 'models' },
  post('/api/show', 'ollama', 'models', false),
];

/** A namespace of its own for clients that want one vendor's dialects alone. */
const namespaces: readonly (readonly [prefix: string, dialects: readonly DialectName[]])[] = [
  ['/openai', ['openai-chat', 'openai-responses']],
  ['/anthropic', ['anthropic']],
  ['/gemini', ['gemini']],
  ['/ollama', ['ollama']],
  // Chat Completions in Mistral's shape, for clients that do not say whose they are.
  ['/mistral', ['openai-chat']],
];

export const routeTable: readonly RouteEntry[] = [
  ...modelRoutes,
  ...namespaces.flatMap(([prefix, dialects]) =>
    modelRoutes.flatMap((route) => {
      const dialect = route.dialect ?? dialects[0];
      if (dialect === undefined || !dialects.includes(dialect)) return [];
      return [{ ...route, path: prefix + route.path, dialect }];
    }),
  ),
];

const MODEL = '{model}';

const byPath: ReadonlyMap<string, RouteEntry> = new Map(
  routeTable
    .filter(({ path }) => !path.includes(MODEL))
    .map((route) => [`${route.method} ${route.path}`, route]),
);

/** Methods of each path, for what is refused with 405. */
const methods: ReadonlyMap<string, RouteEntry> = new Map(
  routeTable.filter(({ path }) => !path.includes(MODEL)).map((route) => [route.path, route]),
);

/** Those with a model in their path; the longest ends first, so that a method is no part of a name. */
const templates = routeTable
  .filter(({ path }) => path.includes(MODEL))
  .map((entry) => {
    const [before = '', after = ''] = entry.path.split(MODEL);
    return { entry, before, after };
  })
  .sort((a, b) => b.after.length - a.after.length);

/** A route and, where the path names one, the model as it was written. */
export interface Routed {
  readonly entry: RouteEntry;
  readonly model: string | undefined;
}

/**
 * Finds the route of a path, compared as it was written: no spelling of a path but the canonical
 * one means anything, and nothing of it reaches a provider.
 */
export function routeOf(method: string, path: string): Routed | undefined {
  const entry = byPath.get(`${method} ${path}`) ?? methods.get(path);
  if (entry !== undefined) return { entry, model: undefined };
  // Model names hold slashes, as in provider/model.
  const fitting = templates.filter(
    ({ before, after }) =>
      path.length > before.length + after.length && path.startsWith(before) && path.endsWith(after),
  );
  const longest = fitting[0]?.after.length;
  const found =
    fitting.find(({ entry: one, after }) => one.method === method && after.length === longest) ??
    fitting[0];
  if (found === undefined) return undefined;
  const { before, after } = found;
  // A verb that is not served is no name of a model.
  if (method === 'POST' && after === '' && /:[a-zA-Z]+$/.test(path)) return undefined;
  return { entry: found.entry, model: path.slice(before.length, path.length - after.length) };
}
