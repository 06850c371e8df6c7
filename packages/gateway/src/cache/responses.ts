import { hash, randomUUID } from 'node:crypto';
import type { Clock } from '@vitalgate/health';
import CachePolicy from 'http-cache-semantics';
import { withoutMustRevalidate } from './directives.ts';
import type { AnswerStore } from './entry.ts';

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

/** The same, as JSON can say it. */
type Kept = Omit<Response, 'policy' | 'body'> & { readonly policy: CachePolicy.CachePolicyObject };

/** What is asked of an upstream, as far as a cache looks at it. */
export interface Question {
  readonly url: string;
  readonly tenant: string;
  readonly headers: CachePolicy.Headers;
}

/**
 * What is remembered of one address: under which name its answers are, and which fields of a question tell
 * them apart. Forgetting an address takes away the name, and with it all answers.
 */
interface Shelf {
  readonly name: string;
  /** Each as `vary` of some answer had it; that of the newest comes first. */
  readonly varies: readonly (readonly string[])[];
  /** Wall-clock milliseconds; later than for any of its answers. */
  readonly ends: number;
}

/** What was there when something was asked; its answer may be fresh or stale. */
export interface Found {
  readonly shelf: Shelf | undefined;
  readonly response: Response | undefined;
}

/** An upstream with more ways to vary is asked anew for some. */
const MOST_VARIES = 4;

/** What has a validator can be asked for by it for so long after it is old. */
const STALE_MS = 24 * 3600 * 1000;

/**
 * Answers to GET, by RFC 9111 as http-cache-semantics has it; a shared cache, even where each key has
 * its own. Time is the clock's.
 */
export class Responses {
  readonly #answers: AnswerStore;
  readonly #clock: Clock;
  readonly #Policy: typeof CachePolicy;

  constructor(answers: AnswerStore, clock: Clock) {
    this.#answers = answers;
    this.#clock = clock;
    this.#Policy = class extends CachePolicy {
      now(): number {
        return clock.wall();
      }
    };
  }

  async find(question: Question): Promise<Found> {
    const shelf = await this.#shelfOf(question.url);
    for (const vary of shelf?.varies ?? []) {
      const entry = await this.#answers.get(placeOf(shelf as Shelf, question, vary));
      if (entry === undefined) continue;
      const { policy, ...kept } = entry.head as Kept;
      const body = Buffer.concat(entry.chunks);
      const response = { ...kept, policy: this.#Policy.fromObject(policy), body };
      if (fits(response, question)) return { shelf, response };
    }
    return { shelf, response: undefined };
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
    const policy = new this.#Policy(asked, { status, headers: forPolicy(answered) }, OPTIONS);
    const isWorth = policy.timeToLive() > 0 || 'etag' in answered || 'last-modified' in answered;
    return isWorth ? policy : undefined;
  }

  /** @param found what there was when it was asked */
  async keep(question: Question, response: Response, { shelf }: Found): Promise<void> {
    const { policy, body, ...kept } = response;
    const vary = varyOf(response.lines);
    const ends = this.#clock.wall() + policy.timeToLive() + STALE_MS;
    const isPlaced =
      shelf !== undefined && ends <= shelf.ends && shelf.varies[0]?.join() === vary.join();
    const place = isPlaced ? shelf : await this.#shelve(question.url, vary, ends, shelf);
    const head: Kept = { ...kept, policy: policy.toObject() };
    this.#answers.set(placeOf(place, question, vary), { head, chunks: [body], ends });
  }

  /** A place for answers that vary so, beside those there are. */
  async #shelve(
    url: string,
    vary: readonly string[],
    ends: number,
    before: Shelf | undefined,
  ): Promise<Shelf> {
    // What was there may have been forgotten meanwhile, with all its answers.
    const known = before === undefined ? undefined : await this.#shelfOf(url);
    const others = known?.varies.filter((one) => one.join() !== vary.join()) ?? [];
    const shelf = {
      name: known?.name ?? randomUUID(),
      varies: [vary, ...others.slice(0, MOST_VARIES - 1)],
      ends: Math.max(known?.ends ?? 0, ends + STALE_MS),
    };
    this.#answers.set(keyOf(url), { head: shelf, chunks: [], ends: shelf.ends });
    return shelf;
  }

  async #shelfOf(url: string): Promise<Shelf | undefined> {
    return (await this.#answers.get(keyOf(url)))?.head as Shelf | undefined;
  }

  /** Section 4.4: a change of it makes all that was known of an address old. */
  forget(url: string): void {
    this.#answers.delete(keyOf(url));
  }
}

const OPTIONS: CachePolicy.Options = { shared: true };

/** Fields of an answer as the library is told them. */
export function forPolicy(headers: CachePolicy.Headers): CachePolicy.Headers {
  const said = headers['cache-control'];
  return said === undefined
    ? headers
    : { ...headers, 'cache-control': withoutMustRevalidate(String(said)) };
}

/** Section 4.1. */
function fits({ tenant, asked, lines }: Response, question: Question): boolean {
  return (
    tenant === question.tenant &&
    varyOf(lines).every((name) => name !== '*' && asked[name] === question.headers[name])
  );
}

/** Names of fields, in one order however they are written. */
function varyOf(lines: readonly string[]): string[] {
  const { vary } = headersOf(lines);
  if (vary === undefined) return [];
  const names = String(vary)
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return [...new Set(names)].toSorted();
}

const keyOf = (url: string): string => `get ${hash('sha256', url, 'base64url')}`;

function placeOf({ name }: Shelf, { tenant, headers }: Question, vary: readonly string[]): string {
  const told = vary.map((one) => [one, headers[one] ?? null]);
  return `got ${hash('sha256', JSON.stringify([name, tenant, told]), 'base64url')}`;
}

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
