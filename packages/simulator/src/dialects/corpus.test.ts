/** Requests that vendors have answered must be answered here too, and refusals must read alike. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isObject, isString, type JsonObject } from '../json.ts';
import { PromptMemory } from '../toy/memory.ts';
import { Random } from '../toy/random.ts';
import { sign } from '../toy/signature.ts';
import { type Failure, Refusal } from './dialect.ts';
import { routeOf } from './table.ts';
import { StoredResponses } from '../toy/stored-responses.ts';

interface Recording {
  readonly request: { readonly path: string; readonly body: JsonObject };
  readonly response: { readonly status: number; readonly body: unknown };
}

/** What the folder beside the repository is a large collection of. */
const own: Readonly<Record<string, Recording>> = {
  'a chat': {
    request: {
      path: '/v1/chat/completions',
      body: { model: 'gpt-5-nano', messages: [{ role: 'user', content: 'Hello!' }] },
    },
    response: { status: 200, body: null },
  },
  'a chat without messages': {
    request: { path: '/v1/chat/completions', body: { model: 'gpt-5-nano', messages: [] } },
    response: {
      status: 400,
      body: {
        error: {
          code: 'empty_array',
          message:
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
          param: 'messages',
          type: 'invalid_request_error',
        },
      },
    },
  },
};

const folder = join(import.meta.dirname, '../../../../../shared/corpus');
/** Who answers what was recorded of whom, below which folder. */
const served: Readonly<Record<string, { readonly paths: RegExp; readonly below?: string }>> = {
  openai: { paths: /^\/v1\/(chat\/completions|completions|embeddings|responses)$/ },
  anthropic: { paths: /^\/v1\/messages(\/count_tokens)?$/ },
  gemini: { paths: /^\/v1beta\/models\/[^/]+:\w+$/ },
  vertex: { paths: /\/publishers\/google\/models\/[^/]+:\w+$/ },
  mistral: { paths: /^\/v1\/(chat\/completions|embeddings)$/, below: '/mistral' },
  cohere: { paths: /^\/v2\/(chat|embed)$/ },
  ollama: { paths: /^\/api\/\w+$/ },
  bedrock: {
    paths: /^\/model\/([^/]*anthropic[^/]*\/invoke[\w-]*|[^/]+\/(converse[\w-]*|count-tokens))$/,
  },
  azure: { paths: /^\/openai\/deployments\// },
};

function recordings(): readonly (readonly [string, Recording])[] {
  if (!existsSync(folder)) return Object.entries(own);
  const files = globSync(
    `{envoy-ai-gateway,openllmetry,pydantic-ai,simonw-*}/{${Object.keys(served).join()}}/*.json`,
    {
      cwd: folder,
    },
  );
  const found = files
    .sort()
    .map((file): readonly [string, unknown] => [
      file,
      JSON.parse(readFileSync(join(folder, file), 'utf8')),
    ]);
  return [...Object.entries(own), ...found.filter(isServed)];
}

function isServed(entry: readonly [string, unknown]): entry is readonly [string, Recording] {
  const [file, recording] = entry;
  if (!isObject(recording) || !isObject(recording['request'])) return false;
  const { path, body } = recording['request'];
  const [bare = ''] = String(path).split('?');
  return served[vendorOf(file)]?.paths.test(bare) === true && isObject(body) && !goesOn(body);
}

const vendorOf = (file: string): string => file.split('/')[1] ?? '';

/** What goes on from a response or a conversation that OpenAI stored is not stored here. */
const goesOn = (body: JsonObject): boolean =>
  isString(body['previous_response_id']) || isString(body['conversation']);

function refusal(file: string, { request }: Recording): Failure | undefined {
  const headers = request.path.includes('messages') ? { 'anthropic-version': '2023-06-01' } : {};
  const [path = ''] = request.path.split('?');
  const { operation, named } = routeOf(
    'POST',
    (served[vendorOf(file)]?.below ?? '') + path,
    headers,
  );
  if (typeof operation === 'string') return { status: 404, message: operation };
  const ids = new Random(1);
  const call = {
    body: resealed(request.body) as JsonObject,
    named,
    headers,
    query: 'api-version=2024-10-21',
    ids,
    wall: 0,
    hugeBytes: undefined,
  };
  const house = {
    seed: '1',
    models: [],
    memory: new PromptMemory(),
    stored: new StoredResponses(),
  };
  try {
    const reply = operation.answer(call, house);
    if (reply.kind === 'stream') expect([...reply.frames].length).toBeGreaterThan(1);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.failure;
    throw error;
  }
}

const seals = /^((thought_?)?signature|encrypted_content)$/i;

/** The vendors' seals are not ours: each becomes one that we know. */
function resealed(value: unknown, key = ''): unknown {
  if (isString(value) && seals.test(key)) return sign('recorded');
  if (Array.isArray(value)) return value.map((item) => resealed(item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, resealed(item, name)]),
  );
}

function messageOf(body: unknown): unknown {
  return isObject(body) && isObject(body['error']) ? body['error']['message'] : undefined;
}

const all = recordings();
const answered = all.filter(([, { response }]) => response.status < 400);
const refused = all.filter(([, { response }]) => response.status === 400);

describe('recorded requests', () => {
  it('that were answered are answered', () => {
    const wrong = answered.flatMap(([name, recording]) => {
      const failure = refusal(name, recording);
      return failure === undefined ? [] : [`${name}: ${failure.message ?? ''}`];
    });
    expect(wrong).toEqual([]);
  });

  it('that are refused here too are refused in the same words', () => {
    const alike = refused.filter(([name, recording]) => refusal(name, recording) !== undefined);
    const told = alike.map(([name, recording]) => [name, refusal(name, recording)?.message]);
    const recorded = alike.map(([name, { response }]) => [name, messageOf(response.body)]);
    expect(told).toEqual(recorded);
    expect(told.length).toBeGreaterThan(0);
  });
});
