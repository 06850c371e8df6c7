import type { ScannedRequest } from '@vitalgate/dialects';

/** What a request needs beside text; a target may be well and yet fail at one of them. */
export type Feature = 'stream' | 'tools' | 'vision' | 'json';

/** Image parts as both vendors name them: `image_url` and `"type":"image"`. */
const IMAGE = Buffer.from('"image');

export function featuresOf(scanned: ScannedRequest, body: Buffer): readonly Feature[] {
  const features: Feature[] = [];
  if (scanned.stream) features.push('stream');
  if (scanned.hasTools) features.push('tools');
  if (scanned.hasFormat) features.push('json');
  if (body.includes(IMAGE)) features.push('vision');
  return features;
}

/** Failures in a row, with the feature alone, that make it doubtful. */
const FALL = 3;
/** How long requests that need it go elsewhere first. */
const REST_MS = 30_000;
/** A success without the feature is proof that the target is well for so long. */
const PROOF_MS = 60_000;

/**
 * Which features of one target are doubtful. A feature is to blame only while the target answers
 * requests that do not need it; else the target itself is, which is another's verdict.
 */
export class FeatureHealth {
  readonly #streaks = new Map<Feature, number>();
  readonly #until = new Map<Feature, number>();
  readonly #wellWithout = new Map<Feature, number>();

  succeeded(features: readonly Feature[], now: number): void {
    for (const feature of all) {
      if (!features.includes(feature)) {
        this.#wellWithout.set(feature, now);
        continue;
      }
      this.#streaks.delete(feature);
      this.#until.delete(feature);
    }
  }

  failed(features: readonly Feature[], now: number): void {
    for (const feature of features) {
      const streak = (this.#streaks.get(feature) ?? 0) + 1;
      this.#streaks.set(feature, streak);
      const well = this.#wellWithout.get(feature);
      if (streak >= FALL && well !== undefined && now - well < PROOF_MS) {
        this.#until.set(feature, now + REST_MS);
      }
    }
  }

  /** Whether a request that needs these should rather go elsewhere. */
  isDoubtful(features: readonly Feature[], now: number): boolean {
    if (this.#until.size === 0) return false;
    return features.some((feature) => now < (this.#until.get(feature) ?? 0));
  }

  /** Those that are doubtful now. */
  doubtful(now: number): Feature[] {
    return all.filter((feature) => this.isDoubtful([feature], now));
  }
}

const all: readonly Feature[] = ['stream', 'tools', 'vision', 'json'];
