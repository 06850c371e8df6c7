import type { Clock } from '@vitalgate/health';
import CachePolicy from 'http-cache-semantics';
import type { Memory, Remembered } from './memory.ts';

/** One answer to a GET, with what decides when it may be told again. */
export interface Response {
  /** Whose it is: a key's, or everybody's. */
  readonly tenant: string;
  readonly policy: CachePolicy;
  /** What was asked; the fields that `vary` names have to be the same again. */
  readonly asked: CachePolicy.Headers;
  readonly status: number;
  /** Names and values in turn, as the upstream gave them. */
  readonly lines: readonly string[];
  readonly body: Buffer;
  /** Name of the upstream's target. */
  readonly target: string;
}

/** What is asked of an upstream, as far as a cache looks at it. */
export interface Question {
  readonly url: string;
  readonly tenant: string;
  readonly headers: CachePolicy.Headers;
}

/** All that is remembered of one address; they differ by tenant and by what `vary` names. */
interface Shelf extends Remembered {
  readonly responses: readonly Response[];
}

/** A shelf with more is a sign of a `vary` that makes every answer another. */
const MOST_ON_A_SHELF = 64;

/**
 * Answers to GET, by RFC 9111 as http-cache-semantics has it; a shared cache, even where each key has
 * its own. Time is the clock's.
 */
export class Responses {
  readonly #memory: Memory;
  readonly #Policy: typeof CachePolicy;

  constructor(memory: Memory, clock: Clock) {
    this.#memory = memory;
    this.#Policy = class extends CachePolicy {
      now(): number {
        return clock.wall();
      }
    };
  }

  /** The one that fits, fresh or stale. */
  find(question: Question): Response | undefined {
    return this.#shelf(question.url).find((one) => fits(one, question));
  }

  policyFor(question: Question, status: number, lines: readonly string[]): CachePolicy | undefined {
    const { headers } = question;
    const answered = headersOf(lines);
    // Cookies are somebody's: what comes with one is his, what is asked with one may be.
    if (answered['set-cookie'] !== undefined) return undefined;
    const hasCookie = headers['cookie'] !== undefined && headers['authorization'] === undefined;
    const asked = requestOf(question);
    const request = hasCookie
      ? { ...asked, headers: { ...headers, authorization: 'cookie' } }
      : asked;
    const response = { status, headers: answered };
    if (!new this.#Policy(request, response, OPTIONS).storable()) return undefined;
    const policy = new this.#Policy(asked, response, OPTIONS);
    const isWorth = policy.timeToLive() > 0 || 'etag' in answered || 'last-modified' in answered;
    return isWorth ? policy : undefined;
  }

  keep(question: Question, response: Response, before: Response | undefined): void {
    const others = this.#shelf(question.url).filter(
      (one) => one !== before && !fits(one, question),
    );
    this.#put(question.url, [response, ...others.slice(0, MOST_ON_A_SHELF - 1)]);
  }

  /** Section 4.4: a change of it makes all that was known of an address old. */
  forget(url: string): void {
    this.#memory.delete(keyOf(url));
  }

  #shelf(url: string): readonly Response[] {
    const shelf = this.#memory.get(keyOf(url));
    return shelf !== undefined && 'responses' in shelf ? (shelf as Shelf).responses : [];
  }

  #put(url: string, responses: readonly Response[]): void {
    let size = 0;
    for (const { body, lines } of responses) size += body.length + 2 * lines.join('').length + 256;
    const shelf: Shelf = { responses, size };
    this.#memory.set(keyOf(url), shelf);
  }
}

const OPTIONS: CachePolicy.Options = { shared: true };

/** Section 4.1. */
function fits({ tenant, asked, lines }: Response, question: Question): boolean {
  if (tenant !== question.tenant) return false;
  const { vary } = headersOf(lines);
  if (vary === undefined) return true;
  return String(vary)
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .every((name) => name !== '*' && asked[name] === question.headers[name]);
}

const keyOf = (url: string): string => `get ${url}`;

/** A host says nothing here: the address has the API's name in its place. */
export const requestOf = ({ url, headers }: Question): CachePolicy.Request => ({
  method: 'GET',
  url,
  headers: { ...headers, host: 'upstream' },
});

export function headersOf(lines: readonly string[]): CachePolicy.Headers {
  const headers: Record<string, string> = {};
  for (let i = 0; i < lines.length; i += 2) {
    const name = (lines[i] ?? '').toLowerCase();
    if (name === '__proto__') continue;
    const value = lines[i + 1] ?? '';
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}
