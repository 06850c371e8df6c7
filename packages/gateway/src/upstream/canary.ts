import { profileOf, readIntent, translate, type ProviderDialect } from '@vitalgate/dialects';
import type { Clock, Tracker } from '@vitalgate/health';
import type { Target } from '../routing/routes.ts';
import { UpstreamCall } from './call.ts';
import type { DailySpend } from './daily-spend.ts';
import type { Deadlines } from './deadlines.ts';
import type { Provider } from './provider.ts';
import { sendAs } from './send.ts';
import { ownHeaders } from './send-headers.ts';

/** What the smallest question and its answer cost at most. Some providers refuse a lower limit. */
const TOKENS_IN = 64;
const TOKENS_OUT = 16;
const QUESTION = { messages: [{ role: 'user', content: 'Say OK.' }], max_tokens: TOKENS_OUT };
const TIMEOUT_MS = 20_000;

interface CanaryOptions {
  readonly clock: Clock;
  readonly tracker: Tracker;
  readonly deadlines: Deadlines;
  readonly spend: DailySpend;
  readonly provider: Provider;
  readonly targets: readonly Target[];
}

/**
 * A real request, the smallest there is, for what no free look can see: that a model still answers.
 * Made only within a stated budget of money a day, when no caller has asked for a while or a rest is
 * over and nobody comes to try; never of a model whose price is not known.
 */
export class Canary {
  readonly #options: CanaryOptions;
  #askedAt: number;

  constructor(options: CanaryOptions) {
    this.#options = options;
    this.#askedAt = options.clock.now();
  }

  /** Asks, if there is something to find out and money to pay for it. */
  async turn(): Promise<void> {
    const { tracker, clock, provider, spend } = this.#options;
    const { budget } = provider.canary;
    const target = this.#due();
    const usd = target === undefined ? undefined : mostItCosts(target);
    if (target === undefined || usd === undefined) return;
    const isTrial = tracker.snapshot().get(target.id)?.state === 'probing';
    if (!(await spend.take(provider.name, usd, budget))) return;
    if (isTrial && !tracker.claimTrial(target.id)) return;
    this.#askedAt = clock.now();
    await this.#ask(target);
    if (isTrial) tracker.releaseTrial(target.id);
  }

  /** A target whose rest is over comes first; in a long silence it is the cheapest one's turn. */
  #due(): Target | undefined {
    const { tracker, clock, provider, targets } = this.#options;
    const { budget, interval } = provider.canary;
    if (budget === 0) return undefined;
    const priced = targets
      .filter((target) => mostItCosts(target) !== undefined)
      .toSorted((a, b) => (a.price ?? 0) - (b.price ?? 0));
    const health = tracker.snapshot();
    const tried = priced.find(({ id }) => health.get(id)?.state === 'probing');
    if (tried !== undefined) return tried;
    const heardAt = Math.max(provider.answeredAt, this.#askedAt);
    return clock.now() - heardAt >= interval ? priced[0] : undefined;
  }

  async #ask({ id, model }: Target): Promise<void> {
    const { tracker, clock, deadlines, provider } = this.#options;
    const credential = provider.credentials.take(model, clock.now(), new Set());
    const asked = askedOf(provider, model, clock);
    if (credential === undefined || asked === undefined) return;
    const { dialect, path, translation } = asked;
    const call = new UpstreamCall({
      clock,
      door: provider.door,
      deadlines,
      dialect,
      operation: 'chat',
      streamed: false,
      translation,
      timeouts: {
        connectMs: TIMEOUT_MS,
        firstMs: TIMEOUT_MS,
        idleMs: TIMEOUT_MS,
        deadlineAt: clock.now() + TIMEOUT_MS,
      },
      onOver() {},
    });
    const headers = ['content-type', 'application/json', ...ownHeaders(dialect)];
    const body = Buffer.from(translation.body);
    const request = { method: 'POST', path, headers, body } as const;
    sendAs(provider, credential, dialect, request, call, { clock, deadlines });
    await call.settled;
    call.cancel();
    const at = clock.now();
    const { fault, reason } = call.verdict;
    if (fault === undefined) {
      const latencyMs = at - call.startedAt;
      tracker.record(id, { at, source: 'canary', ok: true, latencyMs }, provider.criteria);
      provider.credentials.accepted(credential, model);
    } else {
      tracker.record(id, { at, source: 'canary', ok: false, fault, reason }, provider.criteria);
      if (fault === 'credential' || fault === 'quota')
        provider.credentials.rest(credential, model, { fault, reason }, at, call.retryAfterMs);
    }
  }
}

/** US dollars at most; undefined where no price is known. A blended price is a quarter output. */
function mostItCosts({ price }: Target): number | undefined {
  return price === undefined ? undefined : (price * (TOKENS_IN * (4 / 3) + TOKENS_OUT * 4)) / 1e6;
}

/** The question in the provider's dialect. */
function askedOf(provider: Provider, model: string, clock: Clock) {
  const has = (one: ProviderDialect) => provider.path(one, 'chat', model, false) !== undefined;
  const dialect = provider.dialects.find(has);
  const path = dialect && provider.path(dialect, 'chat', model, false);
  if (dialect === undefined || path === undefined) return undefined;
  const body = { ...QUESTION, model };
  const intent = readIntent('openai-chat', { body, model, stream: false, form: undefined });
  const origin = `${dialect}/${provider.name}`;
  const profile = profileOf(new URL(provider.url), model);
  const created = Math.floor(clock.wall() / 1000);
  const speaker = { model, id: 'canary', created };
  return {
    dialect,
    path,
    translation: translate(intent, dialect, { model, origin, profile }, speaker),
  };
}
