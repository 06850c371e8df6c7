import { Failure } from '@vitalgate/contract';
import type { Answerer, Reserved } from '../request/exchange.ts';
import type { Running } from '../running.ts';
import { directivesOf } from './directives.ts';
import type { Memory, Remembered } from './memory.ts';
import { questionOf } from './question.ts';

/** An answer as its provider gave it, in the caller's dialect, before any guardrail. */
export interface RememberedAnswer extends Remembered {
  /** Pieces of a stream as they came. */
  readonly chunks: readonly Buffer[];
  /** What of its head belongs to its bytes: names and values in turn. */
  readonly head: readonly string[];
  readonly target: Answerer;
  /** Monotonic milliseconds. */
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
export function recall(reserved: Reserved, running: Running): Asking | undefined {
  const { route, operation, key, address, request, receipt } = reserved;
  const { cache } = route;
  if (cache === undefined || operation === 'count-tokens') return undefined;
  const { memory, clock, metrics } = running;
  const said = directivesOf(request.headers['cache-control']);
  const team = cache.scope === 'team' ? key?.team : undefined;
  const tenant = team === undefined ? `key ${key?.id ?? address}` : `team ${team}`;
  const question = questionOf(tenant, reserved);
  const asking = (found: RememberedAnswer | undefined, state: Asking['state']): Asking => {
    metrics.recalled(route.name, state);
    const mayKeep = question !== undefined && found === undefined && !said.noStore;
    const recorder = mayKeep
      ? new Recorder(memory, { question, ttlMs: cache.ttl, mostBytes: cache.maxAnswer })
      : undefined;
    return { found, state, recorder };
  };
  const now = clock.now();
  const known = question === undefined ? undefined : memory.get(question);
  const isAllowed = question !== undefined && !said.noStore && !said.noCache;
  const maxAgeMs = (said.maxAge ?? Number.POSITIVE_INFINITY) * 1000;
  if (isAllowed && isAnswer(known) && now < known.until && now - known.at <= maxAgeMs) {
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

const isAnswer = (one: Remembered | undefined): one is RememberedAnswer =>
  one !== undefined && 'chunks' in one;

/** Writes down an answer as it passes. */
export class Recorder {
  readonly #memory: Memory;
  readonly #question: string;
  readonly #ttlMs: number;
  readonly #mostBytes: number;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(
    memory: Memory,
    options: { readonly question: string; readonly ttlMs: number; readonly mostBytes: number },
  ) {
    this.#memory = memory;
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

  /** The answer was whole and well. */
  keep(target: Answerer, head: readonly string[], now: number): void {
    if (this.#size > this.#mostBytes) return;
    const { id, model, provider } = target;
    const answer: RememberedAnswer = {
      chunks: this.#chunks,
      head,
      // No more than its names: a target of an older configuration is let go.
      target: { id, model, provider: { name: provider.name } },
      at: now,
      until: now + this.#ttlMs,
      size: this.#size,
    };
    this.#memory.set(this.#question, answer);
  }
}
