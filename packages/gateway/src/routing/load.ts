import { FeatureHealth } from './features.ts';
import { Measures } from './measures.ts';

/** How much an answer's time moves the average; about the last ten answers count. */
const WEIGHT = 0.2;

/** A model that a provider does not have is asked for again after this. */
const RETIRED_MS = 10 * 60_000;

/** What a target is doing right now, for those who choose by speed. */
export class TargetLoad {
  inFlight = 0;
  readonly features: FeatureHealth = new FeatureHealth();
  readonly measures: Measures = new Measures();
  /** Smoothed milliseconds to the first byte of good answers; undefined before the first. */
  latencyMs: number | undefined;
  #retiredUntil = Number.NEGATIVE_INFINITY;

  /** Only good answers count: a target that fails fast must not look fast. */
  answered(latencyMs: number): void {
    this.latencyMs =
      this.latencyMs === undefined ? latencyMs : this.latencyMs * (1 - WEIGHT) + latencyMs * WEIGHT;
    this.#retiredUntil = Number.NEGATIVE_INFINITY;
  }

  /** The provider says that it has no such model (404, 410). */
  retire(now: number): void {
    this.#retiredUntil = now + RETIRED_MS;
  }

  isRetired(now: number): boolean {
    return now < this.#retiredUntil;
  }

  /** Expected wait of one more request; a target nobody has asked yet is worth asking. */
  get cost(): number {
    return (this.latencyMs ?? 0) * (this.inFlight + 1);
  }
}
