import type { Api } from './api.ts';
import { endOfMatch, segmentsOf, type Segment } from './segments.ts';

/** An API that a request is for, and the path it is passed on with. */
export interface Matched {
  readonly api: Api;
  /** As the caller wrote it, or rewritten; the upstream's own base is not part of it. */
  readonly path: string;
  /** With its question mark; empty when there is none. */
  readonly query: string;
}

/** One pattern, taken apart once. */
interface Pattern {
  readonly api: Api;
  readonly segments: readonly Segment[];
  /** Closer patterns are asked first. */
  readonly closeness: number;
}

const EXACT_HOST = 4_000_000;
const WILDCARD_HOST = 2_000_000;
const EXACT_PATH = 1_000_000;
const PLAIN_SEGMENT = 1000;

/** Finds the API of a request by host, path and method; the closest description wins. */
export class ApiRouter {
  readonly #anyHost: readonly Pattern[];
  readonly #byHost: readonly Pattern[];

  constructor(apis: Iterable<Api>) {
    const patterns = [...apis]
      .map((api) => ({ api, segments: segmentsOf(api.path), closeness: closenessOf(api) }))
      .sort((a, b) => b.closeness - a.closeness);
    this.#anyHost = patterns.filter(({ api }) => api.host === undefined);
    this.#byHost = patterns.filter(({ api }) => api.host !== undefined);
  }

  /** Only among APIs that have this host for themselves. */
  findByHost(method: string, host: string | undefined, path: string, query: string): Found {
    if (this.#byHost.length === 0 || host === undefined) return undefined;
    const name = plainHost(host);
    const fitting = this.#byHost.filter(({ api }) => api.host?.some((one) => isHost(one, name)));
    return find(fitting, method, path, query);
  }

  /** Among APIs that are the same on every host. */
  find(method: string, path: string, query: string): Found {
    return find(this.#anyHost, method, path, query);
  }
}

/** What a request is for; with the methods there would be, where its own is not among them. */
export type Found = (Matched & { readonly allow?: readonly string[] }) | undefined;

function find(patterns: readonly Pattern[], method: string, path: string, query: string): Found {
  let other: Matched | undefined;
  const allow: string[] = [];
  for (const { api, segments } of patterns) {
    const end = endOfMatch(segments, path, api.match === 'exact');
    if (end === undefined) continue;
    const matched = { api, path: rewritten(api, segments, path, end), query };
    if (api.methods?.has(method) ?? !NO_METHOD.has(method)) return matched;
    other ??= matched;
    allow.push(...(api.methods ?? ANY_METHOD));
  }
  return other && { ...other, allow: [...new Set(allow)] };
}
function closenessOf({ host, path, match }: Api): number {
  const segments = segmentsOf(path);
  const plain = segments.filter((one) => 'text' in one).length;
  const hosts = host === undefined ? 0 : host[0]?.startsWith('*.') ? WILDCARD_HOST : EXACT_HOST;
  return hosts + (match === 'exact' ? EXACT_PATH : 0) + plain * PLAIN_SEGMENT + segments.length;
}

/** Those that never pass (RFC 9110, sections 9.3.6 and 9.3.8). */
const NO_METHOD: ReadonlySet<string> = new Set(['CONNECT', 'TRACE']);

/** What is told of an API that takes every method, to whoever asks with one that never passes. */
export const ANY_METHOD: readonly string[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
];

/** The path with what the pattern met replaced; what follows it stays as it was written. */
function rewritten(
  { rewrite }: Api,
  segments: readonly Segment[],
  path: string,
  end: number,
): string {
  if (rewrite === undefined) return path;
  const found = path.slice(1, end).split('/');
  const start = rewrite.replace(/\/$/, '').replace(/\{(\w+)\}/g, (_all, name: string) => {
    const i = segments.findIndex((one) => 'name' in one && one.name === name);
    return found[i] ?? '';
  });
  return start + path.slice(end) || '/';
}

/** Without port and final dot, in small letters (RFC 9110, section 4.2.3; RFC 1034, section 3.1). */
function plainHost(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
}

function isHost(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}
