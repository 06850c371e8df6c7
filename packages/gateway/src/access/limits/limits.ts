import type { Config, LimitConfig } from '@vitalgate/contract';
import type { Key } from '../keys.ts';
import type { Limit } from './limit.ts';
import type { Period } from './period.ts';
import { kindOf, periodOf, Rule, type Scope, type Subject } from './rules.ts';
import type { LimitStates } from './states.ts';

/** Which limits of a configuration count which request. */
export class Limits {
  readonly #states: LimitStates;
  readonly #periods = new Set<Period>();
  /** Those of them in which addresses are counted. */
  readonly #ofAddresses = new Set<Period>();
  readonly #ofAll: readonly Rule[];
  readonly #ofTeams: ReadonlyMap<string, readonly Rule[]>;
  readonly #ofModels: ReadonlyMap<string, readonly Rule[]>;
  readonly #ofApis: ReadonlyMap<string, readonly Rule[]>;
  readonly #ofPrompts: ReadonlyMap<string, readonly Rule[]>;
  /** Keys of the store come and go without a reload. */
  readonly #ofKeys = new WeakMap<Key, readonly Rule[]>();

  constructor(
    config: Pick<Config, 'limits' | 'teams' | 'models' | 'apis' | 'prompts'>,
    states: LimitStates,
  ) {
    this.#states = states;
    this.#ofAll = this.#rules(config.limits, { kind: 'all', id: '', name: '' });
    this.#ofTeams = this.#byName('team', config.teams);
    this.#ofModels = this.#byName('model', config.models);
    this.#ofApis = this.#byName('api', config.apis);
    this.#ofPrompts = this.#byName('prompt', config.prompts);
  }

  /** The periods that anything is counted over by the calendar, those of keys included. */
  periods(keys: Iterable<Key>): ReadonlySet<Period> {
    for (const key of keys) this.#rulesOf(key);
    return this.#periods;
  }

  /** Whether anything is counted by address over this period; `periods` has looked at all keys. */
  countsAddresses(period: Period): boolean {
    return this.#ofAddresses.has(period);
  }

  /** Those that count a request, in the order in which they are told. */
  of(subject: Subject, key: Key | undefined): Limit[] {
    const limits: Limit[] = [];
    if (key !== undefined) collect(limits, this.#rulesOf(key), subject);
    if (subject.team !== undefined) collect(limits, this.#ofTeams.get(subject.team), subject);
    if (subject.model !== undefined) collect(limits, this.#ofModels.get(subject.model), subject);
    if (subject.api !== undefined) collect(limits, this.#ofApis.get(subject.api), subject);
    if (subject.prompt !== undefined) collect(limits, this.#ofPrompts.get(subject.prompt), subject);
    collect(limits, this.#ofAll, subject);
    return limits;
  }

  #rulesOf(key: Key): readonly Rule[] {
    let rules = this.#ofKeys.get(key);
    if (rules === undefined) {
      rules = this.#rules(key.limits, { kind: 'key', id: key.id, name: key.name });
      this.#ofKeys.set(key, rules);
    }
    return rules;
  }

  #byName(
    kind: Scope['kind'],
    sections: readonly { readonly name: string; readonly limits: readonly LimitConfig[] }[],
  ): Map<string, readonly Rule[]> {
    return new Map(
      sections.map(({ name, limits }) => [name, this.#rules(limits, { kind, id: name, name })]),
    );
  }

  #rules(limits: readonly LimitConfig[], scope: Scope): Rule[] {
    const seen = new Map<string, number>();
    return limits.map((config) => {
      const period = periodOf(config);
      if (period !== undefined) {
        this.#periods.add(period);
        if (config.by === 'address') this.#ofAddresses.add(period);
      }
      const what = `${kindOf(config)} ${'per' in config ? config.per : ''} ${config.by}`;
      const nth = seen.get(what) ?? 0;
      seen.set(what, nth + 1);
      return new Rule(config, scope, nth, this.#states);
    });
  }
}

function collect(limits: Limit[], rules: readonly Rule[] | undefined, subject: Subject): void {
  if (rules === undefined) return;
  for (const rule of rules) {
    const limit = rule.limitFor(subject);
    if (limit !== undefined) limits.push(limit);
  }
}
