import type { DialectName } from '@vitalgate/dialects';
import { routeTable } from './routes.ts';

/** Whose API a path is of, where nothing is served at it: its clients read errors in their own words. */
const owners: readonly (readonly [prefix: RegExp, dialect: DialectName])[] = [
  [/^(?:\/ollama)?\/api\//, 'ollama'],
  [/^\/(?:gemini\/|v1beta\/|v1\/models\/[^/]+:)/, 'gemini'],
  [/^\/(?:anthropic\/|v1\/(?:messages\/|complete$))/, 'anthropic'],
  [/^\/model\//, 'bedrock'],
];

export const ownerOf = (path: string): DialectName | undefined =>
  owners.find(([prefix]) => prefix.test(path))?.[1];

/** One stored response, whatever is wanted of it (OpenAI API reference, "Responses"). */
const STORED_RESPONSE = /\/v1\/responses\/(?!input_tokens$|compact$)./;

/** Every caller of ours has the same key there, so that one could read or remove another's. */
const NOT_HANDED_OUT =
  'the provider keeps responses for all callers of its key, so that single ones are not handed out or removed here; go on from one with previous_response_id';

/** What of the vendors' APIs belongs to one account, or is no question to a model. */
const NOT_SERVED =
  /\/(?:batches|files|uploads|images|audio|videos|moderations|fine_tuning|assistants|threads|vector_stores|realtime|conversations|containers|evals|skills|cachedContents|tunedModels|fim|ocr|agents|rerank|pull|push|create|copy|delete|blobs)(?:\/|$)|:(?:batch(?!Embed)|predict|generateAnswer)\w*$|\/invoke(?:-with-response-stream)?$/;

const SERVED = 'chats, prompts, embeddings, token counts and lists of models';

/** No path that anybody meant is longer. */
const LONGEST = 200;

const paths: ReadonlySet<string> = new Set(routeTable.map(({ path }) => path));

/** What helps whoever has called this path, in which nothing is served. */
export function adviceFor(path: string): string | undefined {
  if (path.length > LONGEST) return undefined;
  if (STORED_RESPONSE.test(path)) return NOT_HANDED_OUT;
  // The address that a client was given lacks a part, or has one twice.
  const bare = path.replace(/\/+$/, '').replaceAll(/\/{2,}/g, '/');
  const meant = [bare, `/v1${bare}`, bare.replace(/^\/v1\/v1\//, '/v1/')].find((one) =>
    paths.has(one),
  );
  if (meant !== undefined && meant !== path) return `did you mean ${meant}?`;
  if (!NOT_SERVED.test(path)) return undefined;
  return `of the vendors' APIs ${SERVED} are served; others can be passed on as an API of their own`;
}
