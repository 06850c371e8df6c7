import type { Answer } from '../endpoints.ts';

type Prompt = Answer<'GET /api/prompts'>['items'][number];
type Caches = Answer<'GET /api/caches'>;

const input = {
  type: 'object',
  required: ['text'],
  additionalProperties: false,
  properties: {
    text: { type: 'string', minLength: 1, maxLength: 20_000 },
    most: { type: 'integer', minimum: 1, maximum: 20, default: 5 },
    language: { enum: ['English', 'German'], default: 'English' },
  },
};
const output = {
  type: 'object',
  required: ['words'],
  properties: { words: { type: 'array', items: { type: 'string' } } },
};

const promptOf = (version: string, paths: string[]): Prompt => ({
  id: `keywords@${version}`,
  name: 'keywords',
  version,
  paths,
  description: 'The keywords of a text.',
  model: 'chat',
  input,
  output,
  formats: ['json', 'xml', 'yaml'],
  guardrails: ['personal-data'],
  openapi: Object.fromEntries(
    paths.map((path) => [
      path,
      {
        post: {
          summary: `keywords@${version}`,
          requestBody: { content: { 'application/json': { schema: input } } },
          responses: { 200: { content: { 'application/json': { schema: output } } } },
        },
      },
    ]),
  ),
});

/** Two versions of one prompt. */
export const prompts: Prompt[] = [
  promptOf('2', ['/keywords', '/v2/keywords']),
  promptOf('1', ['/v1/keywords']),
];

export const createCaches = (): Caches => ({
  memory: 64 * 1024 ** 2,
  store: 'redis',
  size: 1024 ** 3,
  problem: null,
  items: [
    {
      name: 'chat',
      kind: 'model',
      scope: 'team',
      ttlMs: 600_000,
      maxAnswer: 1024 ** 2,
      hits: 1840,
      misses: 5210,
      bypasses: 12,
    },
    {
      name: 'orders',
      kind: 'api',
      scope: 'key',
      ttlMs: null,
      maxAnswer: 1024 ** 2,
      hits: 90_210,
      misses: 8120,
      bypasses: 3,
    },
  ],
});
