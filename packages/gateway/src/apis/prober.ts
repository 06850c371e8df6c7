import type { ApiConfig } from '@vitalgate/contract';
import type { Cancel } from '@vitalgate/health';
import { read } from '@vitalgate/health/read';
import type { Running } from '../running.ts';
import { ask, type Asked } from '../upstream/ask.ts';
import type { Verdict } from '../upstream/classify.ts';
import type { ApiTarget } from './api.ts';

/** A resting upstream is looked at this often, so that it is back soon after it is well. */
const EDGE_MS = 1000;
/** Looks are spread by this share, so that instances and upstreams do not look in step. */
const JITTER = 0.2;
/** Of a health document this much is believed. */
const MAX_BYTES = 1024 * 1024;

type Parts = Pick<Running, 'clock' | 'tracker' | 'deadlines' | 'random'>;

/** Looks at the health document of one upstream, again and again. */
export class ApiProber {
  readonly #target: ApiTarget;
  readonly #health: NonNullable<ApiConfig['health']>;
  readonly #parts: Parts;
  #next: Cancel = () => {};
  #isClosed = false;

  constructor(target: ApiTarget, health: NonNullable<ApiConfig['health']>, parts: Parts) {
    this.#target = target;
    this.#health = health;
    this.#parts = parts;
  }

  /** Looks once, now, and goes on looking. Resolves when the first look is over. */
  async start(): Promise<void> {
    await this.#look();
    this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    this.#next();
  }

  #schedule(): void {
    if (this.#isClosed) return;
    const { clock, random, tracker } = this.#parts;
    const { interval } = this.#health;
    const isResting = tracker.snapshot().get(this.#target.id)?.state === 'resting';
    const wait = isResting ? Math.min(EDGE_MS, interval) : interval;
    this.#next = clock.after(wait * (1 - JITTER / 2 + JITTER * random()), () => {
      void this.#look().then(() => this.#schedule());
    });
  }

  async #look(): Promise<void> {
    const { tracker, clock } = this.#parts;
    const { id, door, base, url } = this.#target;
    const found = await ask(
      door,
      {
        path: base + this.#health.path,
        headers: ['host', url.host, 'user-agent', 'vitalgate-health', 'accept', '*/*'],
        timeoutMs: this.#health.timeout,
        maxBytes: MAX_BYTES,
      },
      this.#parts,
    );
    if (this.#isClosed) return;
    const at = clock.now();
    const { trouble, impaired } = judge(found);
    // A question that nobody answered says nothing of single pages.
    if ('status' in found) this.#target.load.impaired = impaired;
    if (trouble !== undefined) {
      tracker.record(id, { at, source: 'probe', ok: false, ...trouble });
    } else if ('status' in found) {
      tracker.record(id, { at, source: 'probe', ok: true, latencyMs: found.latencyMs });
    }
  }
}

interface Judgement {
  /** Why the upstream as a whole is not well. */
  readonly trouble:
    | { readonly fault: 'provider' | 'network' | 'gateway'; readonly reason: string }
    | undefined;
  /** Paths that do not work. */
  readonly impaired: readonly string[];
}

/** A pattern of a path, as `affectedEndpoints` lists them (health+json draft 06, section 4). */
const ENDPOINT = /^\/[\w./{}*~-]{0,255}$/;
const MAX_ENDPOINTS = 100;

/** What an upstream tells of itself, in whatever format it does. */
function judge(found: Asked | Verdict): Judgement {
  if (!('status' in found)) {
    const { fault, reason } = found;
    const whose = fault === 'network' || fault === 'gateway' ? fault : 'provider';
    return { trouble: { fault: whose, reason }, impaired: [] };
  }
  const { status, headers, body } = found;
  const told = read({ code: status, headers, body });
  const failing = told.components.filter((one) => one.status === 'fail');
  const impaired = failing
    .flatMap(({ affectedEndpoints }) => affectedEndpoints)
    .filter((path) => ENDPOINT.test(path))
    .slice(0, MAX_ENDPOINTS);
  const isWell = told.status === 'pass' || told.status === 'warn';
  // Whoever says which pages a failure takes away says that the others are left.
  const isInParts =
    failing.length > 0 && failing.every(({ affectedEndpoints }) => affectedEndpoints.length > 0);
  if (isWell || isInParts) return { trouble: undefined, impaired };
  const reason = told.reason ?? `http_${status}`;
  return { trouble: { fault: 'provider', reason }, impaired };
}
