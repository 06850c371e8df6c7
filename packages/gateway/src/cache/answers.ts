import { Failure } from '@vitalgate/contract';
import type { Answerer, Reserved } from '../request/exchange.ts';
import type { Running } from '../running.ts';
import { directivesOf } from './directives.ts';
import type { AnswerStore, Entry } from './entry.ts';
import { questionOf } from './question.ts';

/** An answer as its provider gave it, in the caller's dialect, before any guardrail. */
export interface RememberedAnswer {
  /** Pieces of a stream as they came. */
  readonly chunks: readonly Buffer[];
  /** What of its head belongs to its bytes: names and values in turn. */
  readonly head: readonly string[];
  readonly target: Answerer;
  /** Wall-clock milliseconds. */
  readonly at: number;
  readonly until: number;
}

/** What becomes of one question where its model remembers answers. */
export interface Asking {
  /** Found, and new enough. */
  readonly found: RememberedAnswer | undefined;
  /** As `x-vitalgate-cache` says it. */
  readonly state: 'hit' | 'miss' | 'bypass';
  /** Where the answer may be remembered. */
  readonly recorder: Recorder | undefined;
}

/**
 * Between the limits and the choice of a target: was this asked before? Undefined where the model
 * remembers nothing.
 *
 * @throws {Failure} `upstream_timeout` for `only-if-cached`, where nothing is remembered
 */
export async function recall(reserved: Reserved, running: Running): Promise<Asking | undefined> {
  const { route, operation, key, address, request, receipt, prompt } = reserved;
  const { cache } = route;
  if (cache === undefined || operation === 'count-tokens') return undefined;
  const { answers, clock, metrics } = running;
  const said = directivesOf(request.headers['cache-control']);
  const team = cache.scope === 'team' ? key?.team : undefined;
  const tenant = team === undefined ? `key ${key?.id ?? address}` : `team ${team}`;
  // What a prompt remembers has kept its promise, which nobody looks at where a model is asked by itself.
  const question = questionOf(prompt === undefined ? tenant : `${tenant} ${prompt.id}`, reserved);
  const asking = (found: RememberedAnswer | undefined, state: Asking['state']): Asking => {
    metrics.recalled(route.name, state);
    const mayKeep = question !== undefined && found === undefined && !said.noStore;
    const recorder = mayKeep
      ? new Recorder(answers, { question, ttlMs: cache.ttl, mostBytes: cache.maxAnswer })
      : undefined;
    return { found, state, recorder };
  };
  const entry = question === undefined ? undefined : await answers.get(question);
  const known = entry && rememberedIn(entry);
  const now = clock.wall();
  const isAllowed = question !== undefined && !said.noStore && !said.noCache;
  const maxAgeMs = (said.maxAge ?? Number.POSITIVE_INFINITY) * 1000;
  if (isAllowed && known !== undefined && now < known.until && now - known.at <= maxAgeMs) {
    receipt.target = known.target;
    receipt.bill.cost = 0;
    receipt.bill.source = 'cache';
    return asking(known, 'hit');
  }
  if (said.onlyIfCached) {
    throw new Failure(
      'upstream_timeout',
      'nothing is remembered of this, and no more was asked for',
    );
  }
  return asking(undefined, isAllowed ? 'miss' : 'bypass');
}

function rememberedIn({ head, chunks, ends }: Entry): RememberedAnswer {
  return { ...(head as Told), chunks, until: ends };
}

/** What of an answer stands before its bytes. */
type Told = Omit<RememberedAnswer, 'chunks' | 'until'>;

/** Writes down an answer as it passes. */
export class Recorder {
  readonly #answers: AnswerStore;
  readonly #question: string;
  readonly #ttlMs: number;
  readonly #mostBytes: number;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(
    answers: AnswerStore,
    options: { readonly question: string; readonly ttlMs: number; readonly mostBytes: number },
  ) {
    this.#answers = answers;
    this.#question = options.question;
    this.#ttlMs = options.ttlMs;
    this.#mostBytes = options.mostBytes;
  }

  push(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#mostBytes) this.#chunks.length = 0;
    // A copy: the upstream client may use the chunk's memory again.
    else this.#chunks.push(Buffer.from(chunk));
  }

  /** The answer was whole and well; `now` is the wall clock's. */
  keep(target: Answerer, head: readonly string[], now: number): void {
    if (this.#size > this.#mostBytes) return;
    const { id, model, provider } = target;
    // No more than its names: a target of an older configuration is let go.
    const told: Told = { head, target: { id, model, provider: { name: provider.name } }, at: now };
    this.#answers.set(this.#question, {
      head: told,
      chunks: this.#chunks,
      ends: now + this.#ttlMs,
    });
  }
}
