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
    const trouble = troubleIn(found);
    if (trouble !== undefined) {
      tracker.record(id, { at, source: 'probe', ok: false, ...trouble });
    } else if ('status' in found) {
      tracker.record(id, { at, source: 'probe', ok: true, latencyMs: found.latencyMs });
    }
  }
}

/** Why an upstream is not well, by what it tells of itself in whatever format it does. */
function troubleIn(
  found: Asked | Verdict,
): { readonly fault: 'provider' | 'network' | 'gateway'; readonly reason: string } | undefined {
  if (!('status' in found)) {
    const { fault, reason } = found;
    return { fault: fault === 'network' || fault === 'gateway' ? fault : 'provider', reason };
  }
  const { status, headers, body } = found;
  const told = read({ code: status, headers, body });
  if (told.status === 'pass' || told.status === 'warn') return undefined;
  return { fault: 'provider', reason: told.reason ?? `http_${status}` };
}
