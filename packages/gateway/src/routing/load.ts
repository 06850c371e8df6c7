import { FeatureHealth } from './features.ts';
import { Measures } from './measures.ts';
import { Silence } from './silence.ts';

/** How much an answer's time moves the average; about the last ten answers count. */
const WEIGHT = 0.2;

/** A model that a provider does not have is asked for again after this: it may only be loading. */
const FIRST_RETIRED_MS = 10_000;
/** Each time it is not there it is longer, up to this. */
const LAST_RETIRED_MS = 10 * 60_000;

/** What a target is doing right now, for those who choose by speed. */
export class TargetLoad {
  inFlight = 0;
  readonly features: FeatureHealth = new FeatureHealth();
  readonly measures: Measures = new Measures();
  readonly silence: Silence = new Silence();
  /** Smoothed milliseconds to the first byte of good answers; undefined before the first. */
  latencyMs: number | undefined;
  #retiredUntil = Number.NEGATIVE_INFINITY;
  #retiredMs = 0;

  /** Only good answers count: a target that fails fast must not look fast. */
  answered(latencyMs: number, isStreamed: boolean): void {
    this.silence.answered(latencyMs, isStreamed);
    this.latencyMs =
      this.latencyMs === undefined ? latencyMs : this.latencyMs * (1 - WEIGHT) + latencyMs * WEIGHT;
    this.#retiredUntil = Number.NEGATIVE_INFINITY;
    this.#retiredMs = 0;
  }

  /** The provider says that it has no such model (404, 410). */
  retire(now: number): void {
    // Those that were asked at once say it once.
    if (this.isRetired(now)) return;
    this.#retiredMs = Math.min(LAST_RETIRED_MS, Math.max(FIRST_RETIRED_MS, this.#retiredMs * 2));
    this.#retiredUntil = now + this.#retiredMs;
  }

  isRetired(now: number): boolean {
    return now < this.#retiredUntil;
  }

  /** Expected wait of one more request; a target nobody has asked yet is worth asking. */
  get cost(): number {
    return (this.latencyMs ?? 0) * (this.inFlight + 1);
  }
}
