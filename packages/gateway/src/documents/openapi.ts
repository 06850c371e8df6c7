import { failureKinds } from '@vitalgate/contract';
import type { Key } from '../access/keys.ts';
import { mayCall } from '../prompts/understand.ts';
import type { Running } from '../running.ts';
import { version } from '../version.ts';
import { apiParts } from './apis.ts';
import type { Json } from './json.ts';
import { modelPaths } from './models.ts';
import { promptPaths } from './prompts.ts';

/** What a key may call, as OpenAPI 3.1 (spec.openapis.org/oas/v3.1.1). */
export function openApiFor(key: Key | undefined, running: Running): Json {
  const { config, routes, apis, prompts } = running;
  const { title, description } = config.documents;
  const models = [...routes.keys()].filter((name) => key?.models?.has(name) ?? true);
  const parts = [...apis.values()]
    .filter(({ name }) => key?.apis?.has(name) ?? true)
    .map((api) => ({ name: api.name, ...apiParts(api) }));
  const callable = [...new Set(prompts.values())].filter((prompt) => mayCall(key, prompt));
  const paths: Record<string, Json> = {};
  // What the router would ask first wins: models, then prompts, then APIs.
  for (const part of [
    ...parts.map(({ paths: ofApi }) => ofApi).toReversed(),
    promptPaths(callable),
    modelPaths(models),
  ]) {
    for (const [path, item] of Object.entries(part)) paths[path] = { ...paths[path], ...item };
  }
  const tags = [
    ...(models.length === 0 ? [] : [{ name: 'models' }]),
    ...(callable.length === 0 ? [] : [{ name: 'prompts' }]),
    ...parts.map(({ name }) => ({ name })),
  ];
  return {
    openapi: '3.1.1',
    info: { title, version: version(), ...(description !== undefined && { description }) },
    servers: [{ url: '/' }],
    security: config.access.anonymous
      ? [{}, { key: [] }, { header: [] }]
      : [{ key: [] }, { header: [] }],
    tags,
    paths,
    components: mergedComponents(parts.map(({ components }) => components)),
  };
}

/** Names of the parts are told apart by their API (apis.ts), so that none hides another. */
function mergedComponents(parts: readonly Json[]): Json {
  const merged: Record<string, Json> = {
    securitySchemes: {
      key: { type: 'http', scheme: 'bearer', description: 'A key of this gateway.' },
      header: { type: 'apiKey', in: 'header', name: 'x-api-key' },
    },
    schemas: { Problem: problem },
    responses: {
      Problem: {
        description: 'A refusal or failure of the gateway (RFC 9457).',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    },
  };
  for (const part of parts) {
    for (const [section, named] of Object.entries(part)) {
      merged[section] = { ...merged[section], ...(named as Json) };
    }
  }
  return merged;
}

const problem: Json = {
  type: 'object',
  required: ['title', 'status', 'code'],
  properties: {
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { enum: Object.keys(failureKinds) },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          in: { enum: ['path', 'query', 'header', 'cookie', 'body'] },
          pointer: { type: 'string', description: 'JSON Pointer (RFC 6901).' },
          detail: { type: 'string' },
        },
      },
    },
  },
};
