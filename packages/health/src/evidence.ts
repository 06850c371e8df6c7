/**
 * What has been seen of one target, folded into counters so that a success costs no allocation.
 *
 * Sources are ranked. A success silences failures of its own rank and of weaker ones: a real
 * request that went well vetoes a failed probe, while a good probe says nothing against failed
 * requests (a host that still accepts connections can be sick all the same).
 */
import type { Fault, Observation, Source } from './observation.ts';
import type { TrackerPolicy } from './policy.ts';

export const sources = ['traffic', 'signal', 'probe', 'canary', 'status-page'] as const;

/** The lower, the stronger. */
export const rank: Readonly<Record<Source, number>> = {
  traffic: 0,
  signal: 1,
  probe: 2,
  canary: 3,
  'status-page': 4,
};

/** Only these two say that the target itself is unwell. */
export const isHarmful = (fault: Fault | undefined): boolean =>
  fault === 'provider' || fault === 'network';

/**
 * Whether nothing was reached at all, by the usual codes. A request and a probe go the same way
 * that far, so that a probe that gets through says that this trouble is over.
 */
export function isUnreachable({ fault, reason = '' }: Observation): boolean {
  return fault === 'network' && /^(connect|dns)_|_unreachable$/.test(reason);
}

/** A failure kept for people to read. */
export interface Remembered {
  readonly at: number;
  readonly source: Source;
  readonly fault: Fault | undefined;
  readonly reason: string;
  /** False when it could not count: another's fault, or vetoed by a stronger success. */
  readonly counted: boolean;
}

const BUCKETS = 10;
const REMEMBERED = 16;
const NEVER = -Infinity;
/** Weight of the newest latency in the moving average. */
const NEWEST = 0.2;

export class Evidence {
  /** Monotonic milliseconds of the last success, by rank of the source. */
  readonly succeededAt: Float64Array = new Float64Array(sources.length).fill(NEVER);
  /** The same for the last failure that counted against the target. */
  readonly harmedAt: Float64Array = new Float64Array(sources.length).fill(NEVER);
  readonly successes: Float64Array = new Float64Array(sources.length);
  readonly failures: Float64Array = new Float64Array(sources.length);
  /** Failures that counted since the last success that could silence them, by rank. */
  readonly streaks: Uint32Array = new Uint32Array(sources.length);
  /** Newest last, at most 16. */
  readonly remembered: Remembered[] = [];
  /** Moving average over real requests; undefined before the first. */
  latencyMs: number | undefined;
  /** When something last spoke for or against the target. */
  spokenAt: number = NEVER;

  readonly #policy: TrackerPolicy;
  readonly #bucketMs: number;
  readonly #good: Uint32Array = new Uint32Array(BUCKETS);
  readonly #bad: Uint32Array = new Uint32Array(BUCKETS);
  #bucket = 0;
  #windowGood = 0;
  #windowBad = 0;
  #streakStartedAt = NEVER;

  constructor(policy: TrackerPolicy) {
    this.#policy = policy;
    this.#bucketMs = policy.windowMs / BUCKETS;
  }

  succeeded(at: number, source: Source, latencyMs: number | undefined): void {
    const from = rank[source];
    this.successes[from] = (this.successes[from] ?? 0) + 1;
    this.succeededAt[from] = at;
    // A status page is prose about somewhere else: kept for people, heard by no rule.
    if (source === 'status-page') return;
    this.spokenAt = at;
    for (let weaker = from; weaker < sources.length; weaker += 1) this.streaks[weaker] = 0;
    if (from !== rank.traffic) return;
    this.#roll(at);
    this.#good[this.#slot] = (this.#good[this.#slot] ?? 0) + 1;
    this.#windowGood += 1;
    if (latencyMs === undefined) return;
    this.latencyMs =
      this.latencyMs === undefined
        ? latencyMs
        : this.latencyMs + NEWEST * (latencyMs - this.latencyMs);
  }

  /** True when the failure counts against the target. */
  failed(at: number, observation: Observation): boolean {
    const { source, fault } = observation;
    const from = rank[source];
    const counted = isHarmful(fault) && source !== 'status-page' && !this.#vetoed(at, from);
    this.failures[from] = (this.failures[from] ?? 0) + 1;
    this.remembered.push({ at, source, fault, reason: observation.reason ?? 'failed', counted });
    if (this.remembered.length > REMEMBERED) this.remembered.shift();
    if (!counted) return false;
    this.spokenAt = at;
    this.harmedAt[from] = at;
    if (from === rank.traffic) {
      if (this.streaks[from] === 0) this.#streakStartedAt = at;
      this.#roll(at);
      this.#bad[this.#slot] = (this.#bad[this.#slot] ?? 0) + 1;
      this.#windowBad += 1;
    }
    this.streaks[from] = (this.streaks[from] ?? 0) + 1;
    return true;
  }

  /** Failures in a row over all sources. */
  get streak(): number {
    let streak = 0;
    for (const failures of this.streaks) streak += failures;
    return streak;
  }

  /** Which rule the evidence breaks, if any. */
  broken(at: number): 'streak' | 'lasting' | 'ratio' | undefined {
    if (this.streak >= this.#policy.fall) return 'streak';
    const lasting = at - this.#streakStartedAt >= this.#policy.fallLastingMs;
    if ((this.streaks[rank.traffic] ?? 0) >= 2 && lasting) return 'lasting';
    return this.ratio(at) >= this.#policy.failRatio ? 'ratio' : undefined;
  }

  /** Failed share of the real requests in the window; 0 while they are too few to say. */
  ratio(at: number): number {
    this.#roll(at);
    const sample = this.sample;
    return sample >= this.#policy.minSample ? this.#windowBad / sample : 0;
  }

  /** Real requests in the window. */
  get sample(): number {
    return this.#windowGood + this.#windowBad;
  }

  /** Whether anything that counts has gone well lately. */
  isGood(at: number): boolean {
    for (let from = 0; from < rank['status-page']; from += 1) {
      if (at - (this.succeededAt[from] ?? NEVER) < this.#policy.freshMs) return true;
    }
    return false;
  }

  isSilent(at: number): boolean {
    return at - this.spokenAt >= this.#policy.freshMs;
  }

  /** Begins a new count; what was seen stays readable. */
  absolve(): void {
    this.streaks.fill(0);
    this.#good.fill(0);
    this.#bad.fill(0);
    this.#windowGood = 0;
    this.#windowBad = 0;
  }

  #vetoed(at: number, from: number): boolean {
    for (let stronger = 0; stronger < from; stronger += 1) {
      const good = this.succeededAt[stronger] ?? NEVER;
      // A success that was followed by a failure of the same kind has nothing more to say.
      const stands = good > (this.harmedAt[stronger] ?? NEVER);
      if (stands && at - good < this.#policy.freshMs) return true;
    }
    return false;
  }

  get #slot(): number {
    return this.#bucket % BUCKETS;
  }

  #roll(at: number): void {
    const bucket = Math.floor(at / this.#bucketMs);
    if (bucket <= this.#bucket) return;
    for (let step = Math.min(bucket - this.#bucket, BUCKETS); step > 0; step -= 1) {
      const slot = (bucket - step + 1) % BUCKETS;
      this.#windowGood -= this.#good[slot] ?? 0;
      this.#windowBad -= this.#bad[slot] ?? 0;
      this.#good[slot] = 0;
      this.#bad[slot] = 0;
    }
    this.#bucket = bucket;
  }
}
