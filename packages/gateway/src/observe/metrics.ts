import type { Fault } from '@vitalgate/health';
import type { ApiArrived, Arrival, Understood } from '../request/exchange.ts';
import type { Outcome } from '../request/ending.ts';
import type { UpstreamCall } from '../upstream/call.ts';
import { families, type FamilyDefinition } from './families.ts';

/** Upper bounds in seconds, from a cached answer to a long one. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Tokens per second, from a busy laptop to dedicated hardware. */
const PACE = [1, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1280];

/** Series of one family beyond this are counted together, so that nothing can fill the memory. */
const MAX_SERIES = 2000;

/**
 * What is counted. Labels hold configured names and codes only: a name that no route has is counted
 * under `other`, and a model that a caller has named at a provider under `provider/other`.
 */
export class Metrics {
  readonly #requests = new Counter(families.requests);
  readonly #attempts = new Counter(families.attemptsFailed);
  readonly #apiBytes = new Counter(families.apiBytes);
  readonly #apiMismatches = new Counter(families.apiMismatches);
  readonly #tokens = new Counter(families.tokens);
  readonly #duration = new Histogram(families.requestDuration, SECONDS);
  readonly #firstByte = new Histogram(families.firstByte, SECONDS);
  readonly #recalled = new Counter(families.recalled);
  readonly #reloads = new Counter(families.reloads);
  readonly #changes = new Counter(families.targetChanges);
  readonly #guarded = new Counter(families.guarded);
  readonly #pause = new Histogram(families.streamPause, SECONDS);
  readonly #pace = new Histogram(families.outputPace, PACE);

  concluded(
    {
      dialect,
      operation,
      receipt,
      route,
      matched,
    }: Arrival & Partial<Pick<Understood, 'route'> & Pick<ApiArrived, 'matched'>>,
    totalMs: number,
    firstMs: number | undefined,
  ): void {
    const {
      target,
      bill: { usage },
    } = receipt;
    const model = route?.counted ?? route?.name ?? matched?.api.name ?? 'other';
    this.#requests.add(
      [dialect, operation, model, String(receipt.status), receipt.outcome ?? ''],
      1,
    );
    this.#duration.observe([operation, model], totalMs / 1000);
    if (target === undefined) return;
    const of = target.counted ?? target.id;
    if (firstMs !== undefined) this.#firstByte.observe([of], firstMs / 1000);
    if (usage.input !== undefined) this.#tokens.add([of, 'input'], usage.input);
    if (usage.cached !== undefined) this.#tokens.add([of, 'cached'], usage.cached);
    if (usage.output !== undefined) this.#tokens.add([of, 'output'], usage.output);
    if (usage.reasoning !== undefined) this.#tokens.add([of, 'reasoning'], usage.reasoning);
  }

  /** A request that was answered before anybody looked for what it is for. */
  unhandled(dialect: string, status: number, outcome: Outcome): void {
    this.#requests.add([dialect, 'none', 'other', String(status), outcome], 1);
  }

  streamed(target: string, call: UpstreamCall): void {
    const { firstByteAt, lastByteAt, longestPauseMs, usage } = call;
    if (firstByteAt === undefined || lastByteAt === undefined) return;
    this.#pause.observe([target], longestPauseMs / 1000);
    const seconds = (lastByteAt - firstByteAt) / 1000;
    // An answer that came in one piece has no pace.
    if (usage.output !== undefined && seconds > 0) {
      this.#pace.observe([target], usage.output / seconds);
    }
  }

  /** `name` is a model's or an API's. */
  recalled(name: string, result: string): void {
    this.#recalled.add([name, result], 1);
  }

  mismatched(api: string, direction: 'request' | 'answer'): void {
    this.#apiMismatches.add([api, direction], 1);
  }

  passedOn(api: string, direction: 'request' | 'answer', bytes: number): void {
    if (bytes > 0) this.#apiBytes.add([api, direction], bytes);
  }

  attemptFailed(target: string, fault: Fault, reason: string): void {
    this.#attempts.add([target, fault, reason], 1);
  }

  guarded(guardrail: string, side: string, action: string, kind: string, times: number): void {
    this.#guarded.add([guardrail, side, action, kind], times);
  }

  targetChanged(target: string, state: string, reason: string): void {
    this.#changes.add([target, state, reason], 1);
  }

  reloaded(isApplied: boolean): void {
    this.#reloads.add([isApplied ? 'applied' : 'refused'], 1);
  }

  /** All families, in Prometheus' own terms. */
  families(): Family[] {
    return [
      this.#requests,
      this.#attempts,
      this.#tokens,
      this.#apiBytes,
      this.#apiMismatches,
      this.#duration,
      this.#firstByte,
      this.#recalled,
      this.#reloads,
      this.#changes,
      this.#guarded,
      this.#pause,
      this.#pace,
    ].map((one) => one.family());
  }
}

/** Prometheus text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */
export function exposition(families: readonly Family[]): string {
  let text = '';
  for (const { name, type, help, samples } of families) {
    const shown = type === 'counter' ? `${name}_total` : name;
    text += `# HELP ${shown} ${help}\n# TYPE ${shown} ${type}\n`;
    for (const { suffix, labels, value } of samples) {
      const pairs = labels.map(([label, of]) => `${label}="${escaped(of)}"`).join(',');
      text += `${name}${suffix}${pairs === '' ? '' : `{${pairs}}`} ${value}\n`;
    }
  }
  return text;
}

const escaped = (value: string) =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** One metric family as the exposition format knows it (prometheus.io/docs/instrumenting). */
export interface Family extends FamilyDefinition {
  readonly samples: readonly Sample[];
}

/** A family whose values are read rather than counted; label values in the order of its labels. */
export function gauge(
  definition: FamilyDefinition,
  values: readonly (readonly [labels: readonly string[], value: number])[],
): Family {
  const samples = values.map(([labels, value]) => ({
    suffix: '',
    labels: definition.labels.map((name, i) => [name, labels[i] ?? ''] as const),
    value,
  }));
  return { ...definition, samples };
}

export interface Sample {
  /** `_total`, `_bucket`, `_sum`, `_count`, or nothing. */
  readonly suffix: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
}

class Series<Value> {
  readonly #values = new Map<string, { labels: readonly string[]; value: Value }>();
  readonly #names: readonly string[];
  readonly #fresh: () => Value;

  constructor(names: readonly string[], fresh: () => Value) {
    this.#names = names;
    this.#fresh = fresh;
  }

  at(labels: readonly string[]): Value {
    const known = this.#values.get(labels.join('\u0000'));
    if (known !== undefined) return known.value;
    if (this.#values.size < MAX_SERIES) return this.#add(labels);
    const other = labels.map(() => 'other');
    return this.#values.get(other.join('\u0000'))?.value ?? this.#add(other);
  }

  #add(labels: readonly string[]): Value {
    const value = this.#fresh();
    this.#values.set(labels.join('\u0000'), { labels, value });
    return value;
  }

  *[Symbol.iterator](): Generator<[labels: [string, string][], value: Value]> {
    for (const { labels, value } of this.#values.values()) {
      yield [this.#names.map((name, i) => [name, labels[i] ?? '']), value];
    }
  }
}

class Counter {
  readonly #definition: FamilyDefinition;
  readonly #series: Series<{ count: number }>;

  constructor(definition: FamilyDefinition) {
    this.#definition = definition;
    this.#series = new Series(definition.labels, () => ({ count: 0 }));
  }

  add(labels: readonly string[], amount: number): void {
    this.#series.at(labels).count += amount;
  }

  family(): Family {
    const samples = [...this.#series].map(([labels, { count }]) => ({
      suffix: '_total',
      labels,
      value: count,
    }));
    return { ...this.#definition, samples };
  }
}

class Histogram {
  readonly #definition: FamilyDefinition;
  readonly #bounds: readonly number[];
  readonly #series: Series<{ buckets: number[]; sum: number; count: number }>;

  constructor(definition: FamilyDefinition, bounds: readonly number[]) {
    this.#definition = definition;
    this.#bounds = bounds;
    this.#series = new Series(definition.labels, () => ({
      buckets: bounds.map(() => 0),
      sum: 0,
      count: 0,
    }));
  }

  observe(labels: readonly string[], value: number): void {
    const series = this.#series.at(labels);
    series.sum += value;
    series.count += 1;
    const i = this.#bounds.findIndex((bound) => value <= bound);
    if (i !== -1) series.buckets[i] = (series.buckets[i] ?? 0) + 1;
  }

  family(): Family {
    const samples: Sample[] = [];
    for (const [labels, { buckets, sum, count }] of this.#series) {
      let below = 0;
      for (const [i, bound] of this.#bounds.entries()) {
        below += buckets[i] ?? 0;
        samples.push({
          suffix: '_bucket',
          labels: [...labels, ['le', String(bound)]],
          value: below,
        });
      }
      samples.push({ suffix: '_bucket', labels: [...labels, ['le', '+Inf']], value: count });
      samples.push({ suffix: '_sum', labels, value: sum });
      samples.push({ suffix: '_count', labels, value: count });
    }
    return { ...this.#definition, samples };
  }
}
