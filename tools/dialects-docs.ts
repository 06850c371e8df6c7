/**
 * The tables of docs/dialects.md, made from the code they describe: `node tools/dialects-docs.ts`
 * writes them, `--check` only says whether they are current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ProviderDialect } from '../packages/dialects/src/codec.ts';
import { codecs } from '../packages/dialects/src/codecs.ts';
import type { DialectName } from '../packages/dialects/src/dialect-name.ts';
import { RequestError } from '../packages/dialects/src/errors.ts';
import type { Intent, Params } from '../packages/dialects/src/intent.ts';
import { Losses } from '../packages/dialects/src/losses.ts';
import { profileOf } from '../packages/dialects/src/profile.ts';
import { wires } from '../packages/dialects/src/wires.ts';
import { routeTable } from '../packages/gateway/src/server/routes.ts';

const FILE = new URL('../docs/dialects.md', import.meta.url);

const callers: Readonly<Record<DialectName, string>> = {
  'openai-chat': 'OpenAI Chat Completions, Completions, Embeddings',
  'openai-responses': 'OpenAI Responses',
  anthropic: 'Anthropic Messages, both API versions',
  gemini: 'Gemini; streams as events, or as one array without `alt=sse`',
  ollama: 'Ollama',
  bedrock: 'Bedrock Converse',
};

interface Provider {
  readonly name: string;
  readonly url: string;
  /** One of each kind it has: what it talks with, and what makes vectors. */
  readonly model: string;
  readonly embedder: string;
}

const providers: Readonly<Record<ProviderDialect, Provider>> = {
  'openai-chat': {
    name: 'OpenAI Chat Completions and its kin',
    url: 'https://api.openai.com/v1',
    model: 'gpt-4.1',
    embedder: 'text-embedding-3-small',
  },
  'azure-openai': {
    name: 'Azure OpenAI',
    url: 'https://us.openai.azure.com/openai',
    model: 'gpt-4.1',
    embedder: 'text-embedding-3-small',
  },
  'openai-responses': {
    name: 'OpenAI Responses',
    url: 'https://api.openai.com/v1',
    model: 'gpt-4.1',
    embedder: '',
  },
  anthropic: {
    name: 'Anthropic',
    url: 'https://api.anthropic.com',
    model: 'claude-haiku-4-5',
    embedder: '',
  },
  'vertex-anthropic': {
    name: 'Claude on Vertex AI',
    url: 'https://us-central1-aiplatform.googleapis.com/v1',
    model: 'claude-haiku-4-5',
    embedder: '',
  },
  'bedrock-anthropic': {
    name: 'Claude by Bedrock’s InvokeModel',
    url: 'https://bedrock-runtime.us-east-1.amazonaws.com',
    model: 'anthropic.claude-haiku-4-5',
    embedder: '',
  },
  bedrock: {
    name: 'Bedrock Converse',
    url: 'https://bedrock-runtime.us-east-1.amazonaws.com',
    model: 'anthropic.claude-haiku-4-5',
    embedder: 'amazon.titan-embed-text-v2:0',
  },
  gemini: {
    name: 'Gemini',
    url: 'https://generativelanguage.googleapis.com',
    model: 'gemini-2.5-flash',
    embedder: 'gemini-embedding-001',
  },
  vertex: {
    name: 'Gemini on Vertex AI',
    url: 'https://us-central1-aiplatform.googleapis.com/v1',
    model: 'gemini-2.5-flash',
    embedder: 'text-embedding-005',
  },
  mistral: {
    name: 'Mistral',
    url: 'https://api.mistral.ai',
    model: 'mistral-medium-latest',
    embedder: 'mistral-embed',
  },
  cohere: {
    name: 'Cohere v2',
    url: 'https://api.cohere.com',
    model: 'command-a-reasoning-08-2025',
    embedder: 'embed-v4.0',
  },
  ollama: {
    name: 'Ollama',
    url: 'http://127.0.0.1:11434',
    model: 'qwen3',
    embedder: 'nomic-embed-text',
  },
};

const dialects = Object.keys(providers) as ProviderDialect[];

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** Which paths of the gateway listener a caller of each dialect uses. */
function callersTable(): string {
  const rows = (Object.keys(callers) as DialectName[]).map((dialect) => {
    const paths = routeTable
      .filter((route) => (route.dialect ?? 'openai-chat') === dialect)
      .map(({ path }) => path)
      .filter((path) => !/^\/(?:openai|anthropic|gemini|ollama|mistral)\//.test(path))
      .filter((path) => !path.startsWith('/v1/models/{model}:'));
    return [callers[dialect], [...new Set(paths)].map((path) => `\`${path}\``).join(' ')];
  });
  return table(['callers speak', 'on'], rows);
}

/** What each provider can be asked. */
function providersTable(): string {
  const rows = dialects.map((dialect) => {
    const { name, url, model, embedder } = providers[dialect];
    const base = new URL(url).pathname.replace(/\/$/, '');
    const path = (operation: 'chat' | 'embeddings' | 'count-tokens', of: string): string => {
      const found = wires[dialect].path(base, operation, { model: of, streamed: false });
      return found === undefined ? '–' : `\`${decodeURIComponent(found)}\``;
    };
    const vectors = embedder === '' ? '–' : path('embeddings', embedder);
    return [name, path('chat', model), vectors, path('count-tokens', model)];
  });
  return table(['provider', 'is asked at', 'vectors', 'token counts'], rows);
}

/** One of each, under the name that OpenAI has for it. */
const params: readonly (readonly [name: string, value: Params])[] = [
  ['temperature', { temperature: 0.5 }],
  ['top_p', { topP: 0.5 }],
  ['top_k', { topK: 5 }],
  ['stop', { stop: ['END'] }],
  ['seed', { seed: 7 }],
  ['frequency_penalty', { frequencyPenalty: 0.5 }],
  ['presence_penalty', { presencePenalty: 0.5 }],
  ['n', { n: 2 }],
  ['logprobs', { logprobs: true }],
  ['top_logprobs', { logprobs: true, topLogprobs: 3 }],
  ['logit_bias', { logitBias: { 5: 1 } }],
  ['user', { user: 'u1' }],
  ['service_tier', { serviceTier: 'auto' }],
  ['verbosity', { verbosity: 'low' }],
  ['prompt_cache_key', { cacheKey: 'k1' }],
  ['metadata', { metadata: { a: 'b' } }],
  ['store', { store: true }],
];

const plain: Intent = {
  from: 'openai-chat',
  model: 'chat',
  stream: false,
  showUsage: false,
  turns: [{ role: 'user', blocks: [{ kind: 'text', text: 'Hi', path: 'm' }], path: 'm' }],
  tools: [],
  toolChoice: undefined,
  format: undefined,
  params: {},
  paths: {},
  extras: [],
};

type Fate = 'kept' | 'dropped' | 'refused';

function fateOf(value: Params, dialect: ProviderDialect): Fate {
  const { url, model } = providers[dialect];
  const [name = ''] = Object.keys(value).slice(-1);
  const losses = new Losses();
  const addressee = { model, origin: `${dialect}/p`, profile: profileOf(new URL(url), model) };
  try {
    const params = { maxTokens: 100, ...value };
    codecs[dialect].writeRequest({ ...plain, params, paths: { [name]: name } }, addressee, losses);
  } catch (error) {
    if (error instanceof RequestError) return 'refused';
    throw error;
  }
  return losses.all.some(({ path }) => path === name) ? 'dropped' : 'kept';
}

function paramsTable(): string {
  const rows = dialects.map((dialect) => {
    const of = (fate: Fate): string =>
      params
        .filter(([, value]) => fateOf(value, dialect) === fate)
        .map(([name]) => `\`${name}\``)
        .join(' ') || '–';
    return [providers[dialect].name, of('dropped'), of('refused')];
  });
  return table(['to', 'dropped, and told', 'refused'], rows);
}

const tables: Readonly<Record<string, () => string>> = {
  callers: callersTable,
  providers: providersTable,
  parameters: paramsTable,
};

const found = readFileSync(FILE, 'utf8');
const made = found.replaceAll(
  /(<!-- made from the code: (\w+) -->\n).*?(\n<!-- end -->)/gs,
  (whole, start: string, name: string, end: string) => {
    const make = tables[name];
    return make === undefined ? whole : `${start}\n${make()}\n${end}`;
  },
);
if (process.argv.includes('--check')) {
  if (made !== found) console.error('docs/dialects.md is not current: node tools/dialects-docs.ts');
  process.exitCode = made === found ? 0 : 1;
} else writeFileSync(FILE, made);
