import { methodAndPath, type Endpoint } from './endpoint.ts';
import { endpoints, type EndpointKey } from './endpoints.ts';

interface Found {
  readonly key: EndpointKey;
  readonly endpoint: Endpoint;
  readonly params: Readonly<Record<string, string>>;
}

const rows = (Object.entries(endpoints) as [EndpointKey, Endpoint][])
  .map(([key, endpoint]) => ({ key, endpoint, ...methodAndPath(key) }))
  .map((row) => ({ ...row, parts: row.path.split('/') }))
  // A fixed part comes before a name in braces: `/api/users/me` is nobody's id.
  .toSorted((a, b) => Number(a.path.includes('{')) - Number(b.path.includes('{')));

/** The row that a request is for; `method` where the path is known and the method is not. */
export function matchEndpoint(method: string, path: string): Found | 'method' | undefined {
  const parts = path.split('/');
  let isPathKnown = false;
  for (const row of rows) {
    const params = paramsOf(row.parts, parts);
    if (params === undefined) continue;
    isPathKnown = true;
    if (row.method === method) return { key: row.key, endpoint: row.endpoint, params };
  }
  return isPathKnown ? 'method' : undefined;
}

function paramsOf(
  pattern: readonly string[],
  parts: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, expected] of pattern.entries()) {
    const found = parts[i] ?? '';
    if (expected.startsWith('{')) params[expected.slice(1, -1)] = decoded(found);
    else if (expected !== found) return undefined;
  }
  return params;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
