import { wires } from '@vitalgate/dialects';
import type { Cancel, Clock, Tracker } from '@vitalgate/health';
import type { Target } from '../routing/routes.ts';
import { UpstreamCall } from './call.ts';
import type { Verdict } from './classify.ts';
import type { Credential } from './credentials.ts';
import type { Deadlines } from './deadlines.ts';
import type { Provider } from './provider.ts';

/** A resting provider is looked at this often, so that it is back soon after it is well. */
const EDGE_MS = 1000;
const TIMEOUT_MS = 2000;
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
}

/**
 * Looks at one provider without spending anything: it asks for the list of models, with the real
 * credential. Only when no request has been answered lately, or a target rests; what it sees is
 * weaker evidence than a request, about every target of the provider.
 */
export class Prober {
  readonly #options: ProberOptions;
  #next: Cancel = () => {};
  #closed = false;

  constructor(options: ProberOptions) {
    this.#options = options;
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
      void turn.then(() => this.#schedule());
    });
  }

  #isAnyResting(): boolean {
    const { tracker, targets, provider, clock } = this.#options;
    if (provider.credentials.refused(clock.now()) !== undefined) return true;
    const health = tracker.snapshot();
    return targets.some(({ id }) => health.get(id)?.state === 'resting');
  }

  async #look(): Promise<void> {
    const { clock, tracker, targets } = this.#options;
    const { credentials } = this.#options.provider;
    // One that was refused is asked with first: so it comes back without costing a request.
    const refused = credentials.refused(clock.now());
    const credential = refused ?? credentials.all[0];
    if (credential === undefined) return;
    const { verdict, latencyMs } = await this.#ask(credential);
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

  async #ask(credential: Credential): Promise<{ verdict: Verdict; latencyMs: number }> {
    const { provider, clock, deadlines } = this.#options;
    const [dialect] = provider.dialects;
    const call = new UpstreamCall({
      clock,
      deadlines,
      dialect,
      streamed: false,
      translation: undefined,
      timeouts: {
        connectMs: TIMEOUT_MS,
        firstMs: TIMEOUT_MS,
        idleMs: TIMEOUT_MS,
        deadlineAt: clock.now() + 2 * TIMEOUT_MS,
      },
      onOver() {},
    });
    const headers = ['accept', 'application/json', 'accept-encoding', 'identity'];
    for (const pair of Object.entries(wires[dialect].demanded)) headers.push(...pair);
    headers.push(...provider.credentialHeaders(dialect, credential));
    const path = provider.path(dialect, 'models', '', false) ?? '/';
    provider.door.send({ method: 'GET', path, headers, body: null }, call);
    await call.settled;
    const latencyMs = clock.now() - call.startedAt;
    call.cancel();
    return { verdict: call.verdict, latencyMs };
  }
}

/** A server without a model list (404, 405) has answered, and that is what was asked. */
function isAlive({ fault }: Verdict): boolean {
  return fault === undefined || fault === 'model' || fault === 'client';
}
