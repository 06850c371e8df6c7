import * as z from 'zod/mini';
import { isAudited, methodAndPath, type Endpoint } from './endpoint.ts';
import { endpoints, type EndpointKey } from './endpoints.ts';
import { eventKinds } from './events.ts';
import { apiProblemKinds, problem } from './problems.ts';

type Json = Readonly<Record<string, unknown>>;

/** The admin API as OpenAPI 3.1 (spec.openapis.org/oas/v3.1.1), made from the table. */
export function openApi(
  version: string,
  keys: readonly EndpointKey[] = Object.keys(endpoints) as EndpointKey[],
): Json {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, Record<string, unknown>> = {};
  for (const key of keys) {
    const { method, path } = methodAndPath(key);
    (paths[path] ??= {})[method.toLowerCase()] = operationOf(key, endpoints[key], schemas);
  }
  for (const [name, { data }] of Object.entries(eventKinds)) {
    schemas[`Event.${name}`] = schemaOf(data, 'output', schemas);
  }
  schemaOf(problem, 'output', schemas);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Vitalgate admin API',
      version,
      description:
        'Everything the console does. Errors are problem documents (RFC 9457) with a `code`. ' +
        'Lists come in pages; `next` is the cursor of the following one. POST takes an ' +
        '`Idempotency-Key`; what has a `version` is changed with `If-Match`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { session: [] }],
    tags: [...new Set(Object.values(endpoints).map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An admin token.' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-vitalgate' },
      },
      responses: {
        Problem: {
          description: `A refusal or failure; \`code\` is one of: ${Object.keys(apiProblemKinds).join(', ')}.`,
          content: {
            'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
          },
        },
      },
    },
  };
}

function operationOf(key: string, endpoint: Endpoint, schemas: Record<string, unknown>): Json {
  const { method, path } = methodAndPath(key);
  const { tag, summary, allow, query, body, answer, media, status, versioned } = endpoint;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const code = status ?? (answer === undefined && media === undefined ? 204 : 200);
  return {
    operationId: operationId(key),
    tags: [tag],
    summary,
    ...(allow === 'public' && { security: [] }),
    'x-roles': allow === 'public' ? [] : allow,
    'x-audited': isAudited(key, endpoint),
    parameters: [
      ...inPath,
      ...(query === undefined ? [] : queryParameters(schemaOf(query, 'input', schemas))),
      ...(versioned === true
        ? [header('If-Match', true, 'The `version` that was read, in quotes.')]
        : []),
      // A stream is told once, to whoever asks.
      ...(method === 'POST' && media !== 'text/event-stream'
        ? [header('Idempotency-Key', false, 'Makes a repeated request happen once, for a day.')]
        : []),
    ],
    ...(body !== undefined && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemaOf(body, 'input', schemas) } },
      },
    }),
    responses: {
      [code]: {
        description: code === 204 ? 'Done.' : 'The answer.',
        ...(answer !== undefined && {
          content: { 'application/json': { schema: schemaOf(answer, 'output', schemas) } },
        }),
        ...(media !== undefined && { content: { [media]: { schema: { type: 'string' } } } }),
      },
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

/** `get_keys_by_id`: unique, and a name in every language. */
const operationId = (key: string) =>
  key
    .toLowerCase()
    .replace(' /api/', '_')
    .replaceAll(/\{(\w+)\}/g, 'by_$1')
    .replaceAll(/\W+/g, '_');

const header = (name: string, required: boolean, description: string) => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string' },
});

function queryParameters(schema: Json): Json[] {
  const properties = (schema['properties'] ?? {}) as Record<string, unknown>;
  const required = new Set((schema['required'] ?? []) as string[]);
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: 'query',
    required: required.has(name),
    schema: one,
  }));
}

/** A schema in place, its named parts moved to `components`. */
function schemaOf(
  schema: z.core.$ZodType,
  io: 'input' | 'output',
  schemas: Record<string, unknown>,
): Json {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'draft-2020-12' });
  const {
    $schema: _dialect,
    $defs = {},
    ...rest
  } = made as Record<string, unknown> & {
    $defs?: Record<string, unknown>;
  };
  for (const [id, definition] of Object.entries($defs)) {
    schemas[id] ??= moved(definition);
  }
  const { id } = z.globalRegistry.get(schema) ?? {};
  if (id === undefined) return moved(rest) as Json;
  schemas[id] ??= moved(rest);
  return { $ref: `#/components/schemas/${id}` };
}

function moved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moved);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'id' || !isNamedSchema(value))
      .map(([name, one]) =>
        name === '$ref' && typeof one === 'string'
          ? [name, one.replace('#/$defs/', '#/components/schemas/')]
          : [name, moved(one)],
      ),
  );
}

/**
 * Zod writes the registry's `id` into the schema, where JSON Schema knows only `$id`. What has properties
 * of these names is another thing: there the values are schemas.
 */
const isNamedSchema = (value: object) =>
  'description' in value && 'id' in value && typeof value.id === 'string';
