import { Failure } from '@vitalgate/contract';
import { directivesOf, mustRevalidate } from '../cache/directives.ts';
import {
  forPolicy,
  headersOf,
  requestOf,
  type Found,
  type Question,
  type Response,
} from '../cache/responses.ts';
import type { ApiAdmitted } from '../request/exchange.ts';
import type { Running } from '../running.ts';
import { latin1 } from './fields.ts';
import { isSafe } from './retry.ts';

/** Of conditional requests, and of ranges, which no answer here is told in pieces for. */
const CONDITIONS: ReadonlySet<string> = new Set([
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
]);

/** Fields of a 304 that do not replace what is kept (RFC 9111, section 3.2). */
const OF_BYTES =
  /^(?:content-(?:encoding|length|range|type)|transfer-encoding|connection|keep-alive)$/;

/** Fields that say where a request came from; an upstream that varies by them is asked each time. */
const OF_WAY = /^(?:forwarded|via|x-forwarded-.*|x-request-id|traceparent|tracestate)$/;

/** Statuses that a stale answer may stand for (RFC 5861, section 4). */
const FAILED: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** As `x-vitalgate-cache` says it. */
type State = 'hit' | 'miss' | 'bypass' | 'revalidated' | 'stale';

/** What is told of a remembered answer. */
export interface Retold {
  readonly status: number;
  readonly lines: readonly Buffer[];
  readonly body: Buffer;
  readonly target: string;
}

/**
 * One GET between its caller and a memory of answers (RFC 9111): whether it is answered from there, what
 * an upstream is asked instead, and what of its answer is kept.
 */
export class Recalling {
  state: State;
  readonly #question: Question;
  readonly #exchange: ApiAdmitted;
  readonly #running: Running;
  #found: Found = { shelf: undefined, response: undefined };
  readonly #mayKeep: boolean;
  readonly #mostBytes: number;
  /** An upstream was asked with validators of ours. */
  #isValidating = false;
  #target = '';
  #keeping: { status: number; lines: string[]; chunks: Buffer[]; size: number } | undefined;

  constructor(exchange: ApiAdmitted, question: Question, mostBytes: number, running: Running) {
    this.#exchange = exchange;
    this.#running = running;
    this.#question = question;
    this.#mostBytes = mostBytes;
    const { noStore } = directivesOf(exchange.request.headers['cache-control']);
    this.#mayKeep = !noStore;
    this.state = noStore ? 'bypass' : 'miss';
  }

  /**
   * What can be told without asking anybody.
   *
   * @throws {Failure} `upstream_timeout` for `only-if-cached` where there is nothing (section 5.2.1.7)
   */
  async fresh(): Promise<Retold | undefined> {
    if (this.#mayKeep) this.#found = await this.#running.responses.find(this.#question);
    const known = this.#known;
    if (known?.policy.satisfiesWithoutRevalidation(requestOf(this.#askedOf(known))) === true) {
      return this.#retold(known, 'hit');
    }
    if (directivesOf(this.#exchange.request.headers['cache-control']).onlyIfCached) {
      throw new Failure(
        'upstream_timeout',
        'nothing is remembered of this, and no more was asked for',
      );
    }
    return undefined;
  }

  /** `max-stale` of a caller is no leave to break what the upstream says. */
  #askedOf(known: Response): Question {
    const { headers } = this.#question;
    const said = headers['cache-control'];
    if (said === undefined || !isBound(known)) return this.#question;
    const left = String(said).replaceAll(/max-stale/gi, 'x-stale');
    return { ...this.#question, headers: { ...headers, 'cache-control': left } };
  }

  /** What an upstream is asked with: our validators in the place of the caller's (section 4.3.1). */
  asking(headers: readonly string[]): string[] {
    const { etag, 'last-modified': modified } = headersOf(this.#known?.lines ?? []);
    if (this.#known === undefined || (etag === undefined && modified === undefined)) {
      return [...headers];
    }
    const left: string[] = [];
    for (let i = 0; i < headers.length; i += 2) {
      if (!CONDITIONS.has(headers[i] ?? '')) left.push(headers[i] ?? '', headers[i + 1] ?? '');
    }
    this.#isValidating = true;
    if (etag !== undefined) left.push('if-none-match', String(etag));
    if (modified !== undefined) left.push('if-modified-since', String(modified));
    return left;
  }

  /** What is told instead of an upstream's answer; undefined where that is told. */
  heed(status: number, raw: readonly Buffer[], target: string): Retold | undefined {
    const known = this.#known;
    if (status === 304 && known !== undefined && this.#isValidating)
      return this.#revalidated(known, raw);
    if (FAILED.has(status)) return this.stale();
    if (!this.#mayKeep) return undefined;
    const lines = raw.map(latin1);
    if (/^text\/event-stream\b/i.test(String(headersOf(lines)['content-type'] ?? ''))) {
      return undefined;
    }
    const policy = this.#running.responses.policyFor(this.#question, status, lines);
    if (policy === undefined) return undefined;
    this.#keeping = { status, lines, chunks: [], size: 0 };
    this.#target = target;
    return undefined;
  }

  /** What may be told where no upstream gives an answer (section 4.2.4, RFC 5861). */
  stale(): Retold | undefined {
    const known = this.#known;
    if (known === undefined || isBound(known)) return undefined;
    const failed = { status: 503, headers: {} };
    const { matches, policy } = known.policy.revalidatedPolicy(requestOf(this.#question), failed);
    return matches && policy === known.policy ? this.#retold(known, 'stale') : undefined;
  }

  data(chunk: Buffer): void {
    const keeping = this.#keeping;
    if (keeping === undefined) return;
    keeping.size += chunk.length;
    // A copy: the upstream client may use the chunk's memory again.
    if (keeping.size <= this.#mostBytes) keeping.chunks.push(Buffer.from(chunk));
    else this.#keeping = undefined;
  }

  /** The answer was whole. */
  end(): void {
    const keeping = this.#keeping;
    if (keeping === undefined) return;
    this.#keeping = undefined;
    const { responses } = this.#running;
    const { status, lines, chunks } = keeping;
    const policy = responses.policyFor(this.#question, status, lines);
    if (policy === undefined) return;
    const { tenant, headers: asked } = this.#question;
    const body = Buffer.concat(chunks);
    const kept = { tenant, policy, asked, status, lines, body, target: this.#target };
    void responses.keep(this.#question, kept, this.#found);
  }

  get #known(): Response | undefined {
    return this.#found.response;
  }

  #revalidated(known: Response, raw: readonly Buffer[]): Retold {
    const lines = raw.map(latin1);
    const headers = forPolicy(headersOf(lines));
    const asked = requestOf(this.#question);
    const { policy } = known.policy.revalidatedPolicy(asked, { status: 304, headers });
    const renewed = { ...known, policy, lines: renewedLines(known.lines, lines) };
    if (this.#mayKeep) void this.#running.responses.keep(this.#question, renewed, this.#found);
    return this.#retold(renewed, 'revalidated');
  }

  #retold({ policy, status, lines, body, target }: Response, state: State): Retold {
    this.state = state;
    const told: string[] = [];
    for (let i = 0; i < lines.length; i += 2) {
      if ((lines[i] ?? '').toLowerCase() !== 'age') told.push(lines[i] ?? '', lines[i + 1] ?? '');
    }
    const { age = '0' } = policy.responseHeaders();
    told.push('age', String(age));
    const isKnown = status === 200 && this.#isKnownToCaller(headersOf(lines));
    const kept = isKnown ? withoutLength(told) : told;
    return {
      status: isKnown ? 304 : status,
      lines: kept.map((one) => Buffer.from(one, 'latin1')),
      body: isKnown ? Buffer.alloc(0) : body,
      target,
    };
  }

  /** RFC 9110, section 13.2.2, as far as it is about GET. */
  #isKnownToCaller({ etag, 'last-modified': modified }: ReturnType<typeof headersOf>): boolean {
    const { headers } = this.#exchange.request;
    const { 'if-none-match': match, 'if-modified-since': since } = headers;
    if (match !== undefined) {
      if (match.trim() === '*') return true;
      const known = opaque(String(etag ?? ''));
      return known !== '' && match.split(',').some((one) => opaque(one) === known);
    }
    if (since === undefined || modified === undefined) return false;
    return Date.parse(String(modified)) <= Date.parse(since);
  }
}

/** Whether an answer is never told once it is old, whoever fails. */
const isBound = ({ lines }: Response): boolean =>
  mustRevalidate(String(headersOf(lines)['cache-control'] ?? ''));

/** Compared weakly (RFC 9110, section 8.8.3.2). */
const opaque = (etag: string): string => etag.trim().replace(/^W\//, '');

function withoutLength(lines: readonly string[]): string[] {
  const left: string[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    if ((lines[i] ?? '').toLowerCase() !== 'content-length') {
      left.push(lines[i] ?? '', lines[i + 1] ?? '');
    }
  }
  return left;
}

/** What is kept, with what a 304 says anew. */
function renewedLines(kept: readonly string[], told: readonly string[]): string[] {
  const renewed = new Set<string>();
  const fresh: string[] = [];
  for (let i = 0; i < told.length; i += 2) {
    const name = (told[i] ?? '').toLowerCase();
    if (OF_BYTES.test(name)) continue;
    renewed.add(name);
    fresh.push(told[i] ?? '', told[i + 1] ?? '');
  }
  const left: string[] = [];
  for (let i = 0; i < kept.length; i += 2) {
    if (!renewed.has((kept[i] ?? '').toLowerCase())) left.push(kept[i] ?? '', kept[i + 1] ?? '');
  }
  return [...left, ...fresh];
}

/**
 * Looks whether a request may be answered from memory. Undefined where its API remembers nothing, or
 * where it is none that could be: another method, a part of something, a connection to be upgraded.
 */
export function recallingFor(
  exchange: ApiAdmitted,
  asked: { readonly method: string; readonly query: string; readonly headers: readonly string[] },
  running: Running,
): Recalling | undefined {
  const { matched, request, key, address, upgrade } = exchange;
  const { api, path } = matched;
  if (api.cache === undefined || asked.method !== 'GET' || upgrade !== undefined) return undefined;
  const { headers } = request;
  if (headers.range !== undefined || headers['if-match'] !== undefined) return undefined;
  const tenant = api.cache.scope === 'all' ? 'all' : `key ${key?.id ?? address}`;
  const question = {
    url: addressOf(exchange, path, asked.query),
    tenant,
    headers: askedOf(exchange, asked.headers),
  };
  return new Recalling(exchange, question, api.cache.maxAnswer, running);
}

/** Section 4.4: what changes something makes old what was known of it. */
export function forgetChanged(
  exchange: ApiAdmitted,
  asked: { readonly method: string; readonly query: string },
  status: number,
  { responses }: Running,
): void {
  const { api, path } = exchange.matched;
  if (api.cache === undefined || isSafe(asked.method) || status >= 400) return;
  responses.forget(addressOf(exchange, path, asked.query));
}

function addressOf({ matched, request }: ApiAdmitted, path: string, query: string): string {
  const { answersName, preserveHost } = matched.api;
  const host = preserveHost ? (request.headers.host ?? '') : '';
  return `${answersName} ${host} ${path}${query}`;
}

/** The request as its upstream is asked; what the operator sets for all is nobody's credential. */
function askedOf({ matched }: ApiAdmitted, lines: readonly string[]): Question['headers'] {
  const headers = headersOf(lines);
  const { set } = matched.api.requestRules;
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) =>
        !OF_WAY.test(name) && !set.some((one, i) => i % 2 === 0 && one.toLowerCase() === name),
    ),
  );
}
