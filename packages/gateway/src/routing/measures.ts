import type { Feature } from './features.ts';

/** How much the newest answer counts: about the last fifty are remembered. */
const NEWEST = 0.04;
/** Before so many, an average is mostly its first value, and not told. */
const FEWEST = 5;

/** A moving average, undefined until it rests on something. */
class Average {
  #value = 0;
  #count = 0;

  add(value: number): void {
    this.#count += 1;
    // A plain mean at first, so that the first answer does not weigh for fifty.
    this.#value += (value - this.#value) * Math.max(NEWEST, 1 / this.#count);
  }

  get value(): number | undefined {
    return this.#count < FEWEST ? undefined : this.#value;
  }
}

/** What a stream was like. */
interface Streamed {
  readonly firstByteAt: number | undefined;
  readonly lastByteAt: number | undefined;
  readonly longestPauseMs: number;
  readonly usage: { readonly output: number | undefined };
}

/**
 * How the answers of one target have been lately, for people who compare targets. Shares are from 0
 * to 1; undefined is what too few answers have told of.
 */
export class Measures {
  readonly #served = new Average();
  readonly #pace = new Average();
  readonly #pause = new Average();
  readonly #truncated = new Average();
  readonly #unstructured = new Average();
  readonly #byFeature: Partial<Record<Feature, Average>> = {};

  /** One attempt that is over; `isTruncated` where it was a stream that broke off. */
  attempted(features: readonly Feature[], isServed: boolean, isTruncated: boolean): void {
    this.#served.add(isServed ? 1 : 0);
    for (const feature of features) {
      (this.#byFeature[feature] ??= new Average()).add(isServed ? 1 : 0);
    }
    if (features.includes('stream')) this.#truncated.add(isTruncated ? 1 : 0);
  }

  streamed({ firstByteAt, lastByteAt, longestPauseMs, usage }: Streamed): void {
    if (firstByteAt === undefined || lastByteAt === undefined) return;
    this.#pause.add(longestPauseMs);
    const seconds = (lastByteAt - firstByteAt) / 1000;
    // An answer that came in one piece has no pace.
    if (usage.output !== undefined && seconds > 0) this.#pace.add(usage.output / seconds);
  }

  /** An answer that was to be JSON. */
  structured(isStructured: boolean): void {
    this.#unstructured.add(isStructured ? 0 : 1);
  }

  tell(): Told {
    const byFeature: Partial<Record<Feature, number>> = {};
    for (const [feature, { value }] of Object.entries(this.#byFeature)) {
      if (value !== undefined) byFeature[feature as Feature] = value;
    }
    return {
      served: this.#served.value,
      tokensPerSecond: this.#pace.value,
      longestPauseMs: this.#pause.value,
      truncatedStreams: this.#truncated.value,
      unstructuredAnswers: this.#unstructured.value,
      servedWith: byFeature,
    };
  }
}

/** See `Measures`. */
export interface Told {
  readonly served: number | undefined;
  readonly tokensPerSecond: number | undefined;
  readonly longestPauseMs: number | undefined;
  readonly truncatedStreams: number | undefined;
  readonly unstructuredAnswers: number | undefined;
  /** The share that was served of those that needed a feature. */
  readonly servedWith: Readonly<Partial<Record<Feature, number>>>;
}
