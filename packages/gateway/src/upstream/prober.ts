import type { Cancel, Clock, Tracker } from '@vitalgate/health';
import type { Target } from '../routing/routes.ts';
import { Canary } from './canary.ts';
import type { Verdict } from './classify.ts';
import type { DailySpend } from './daily-spend.ts';
import type { Deadlines } from './deadlines.ts';
import { look } from './look.ts';
import type { Provider } from './provider.ts';

/** A resting provider is looked at this often, so that it is back soon after it is well. */
const EDGE_MS = 1000;
/** Looks are spread by this share, so that instances and providers do not look in step. */
const JITTER = 0.2;

interface ProberOptions {
  readonly clock: Clock;
  readonly tracker: Tracker;
  readonly deadlines: Deadlines;
  readonly random: () => number;
  readonly intervalMs: number;
  readonly provider: Provider;
  readonly targets: readonly Target[];
  readonly spend: DailySpend;
}

/**
 * Looks at one provider without spending anything: it asks for the list of models, with the real
 * credential. Only when no request has been answered lately, or a target rests; what it sees is
 * weaker evidence than a request, about every target of the provider.
 */
export class Prober {
  readonly #options: ProberOptions;
  readonly #canary: Canary;
  #next: Cancel = () => {};
  #closed = false;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#canary = new Canary(options);
  }

  /** Looks once, now, and goes on looking. Resolves when the first look is over. */
  async start(): Promise<void> {
    await this.#look();
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    this.#next();
  }

  #schedule(): void {
    if (this.#closed) return;
    const { clock, random, intervalMs, provider } = this.#options;
    const interval = this.#isAnyResting() ? Math.min(EDGE_MS, intervalMs) : intervalMs;
    this.#next = clock.after(interval * (1 - JITTER / 2 + JITTER * random()), () => {
      const isQuiet = clock.now() - provider.answeredAt > intervalMs;
      const turn = isQuiet || this.#isAnyResting() ? this.#look() : Promise.resolve();
      void turn.then(() => this.#askForMoney()).then(() => this.#schedule());
    });
  }

  async #askForMoney(): Promise<void> {
    if (!this.#closed) await this.#canary.turn();
  }

  #isAnyResting(): boolean {
    const { tracker, targets, provider, clock } = this.#options;
    if (provider.credentials.refused(clock.now()) !== undefined) return true;
    const health = tracker.snapshot();
    return targets.some(({ id }) => health.get(id)?.state === 'resting');
  }

  async #look(): Promise<void> {
    const { clock, tracker, targets, provider } = this.#options;
    const { credentials } = provider;
    // One that was refused is asked with first: so it comes back without costing a request.
    const refused = credentials.refused(clock.now());
    const credential = refused ?? credentials.likeliest;
    if (credential === undefined) return;
    if (refused !== undefined) credentials.looked(refused, clock.now());
    const { verdict, latencyMs } = await look(provider, credential, this.#options);
    if (this.#closed) return;
    if (verdict.fault === undefined && refused !== undefined)
      credentials.accepted(refused, undefined);
    const at = clock.now();
    for (const { id } of targets) {
      if (isAlive(verdict)) tracker.record(id, { at, source: 'probe', ok: true, latencyMs });
      else if (verdict.fault !== undefined) {
        const { fault, reason } = verdict;
        tracker.record(id, { at, source: 'probe', ok: false, fault, reason });
      }
    }
  }
}

/** A server without a model list (404, 405) has answered, and that is what was asked. */
function isAlive({ fault }: Verdict): boolean {
  return fault === undefined || fault === 'model' || fault === 'client';
}
