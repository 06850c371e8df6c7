import type { LimitConfig } from '@vitalgate/contract';
import { household } from '../networks.ts';
import { Budget } from './budget.ts';
import { Concurrency } from './concurrency.ts';
import type { Limit, LimitIdentity, LimitKind } from './limit.ts';
import type { Period } from './period.ts';
import { Rate } from './rate.ts';
import type { LimitStates } from './states.ts';

/** Whom and what a request counts for. */
export interface Subject {
  readonly key: { readonly id: string; readonly name: string } | undefined;
  readonly team: string | undefined;
  /** Undefined before it is known, and for what needs no model. */
  readonly model: string | undefined;
  /** Undefined for a call of a model. */
  readonly api?: string | undefined;
  readonly prompt?: string | undefined;
  /** Not known of most that the ledger tells. */
  readonly address: string | undefined;
  /** A path of the route table, or the name of an API or a prompt. */
  readonly route: string | undefined;
}

/** Billionths of a US dollar; whole numbers of them add up exactly. */
export const NANOS_PER_DOLLAR = 1_000_000_000;

/** Whom a list of limits is for. */
export interface Scope {
  readonly kind: 'all' | 'key' | 'team' | 'model' | 'api' | 'prompt';
  /** Unique among its kind; empty for `all`. */
  readonly id: string;
  readonly name: string;
}

/** One line of a list of limits, and the limits it stands for. */
export class Rule {
  readonly #config: LimitConfig;
  readonly #scope: Scope;
  /** Tells two lines of one list apart that count the same. */
  readonly #nth: number;
  readonly #states: LimitStates;
  readonly #only: Limit | undefined;

  constructor(config: LimitConfig, scope: Scope, nth: number, states: LimitStates) {
    this.#config = config;
    this.#scope = scope;
    this.#nth = nth;
    this.#states = states;
    this.#only = config.by === undefined ? this.#make('') : undefined;
  }

  /** The limit that counts a request; undefined where it has nothing this rule counts by. */
  limitFor(subject: Subject): Limit | undefined {
    if (this.#only !== undefined) return this.#only;
    const value = valueOf(subject, this.#config.by);
    return value === undefined ? undefined : this.#make(value);
  }

  #make(value: string): Limit {
    const config = this.#config;
    const kind = kindOf(config);
    const { id, kind: scope } = this.#scope;
    const per = 'per' in config ? config.per : 'once';
    const nth = this.#nth === 0 ? '' : `#${this.#nth}`;
    const by = config.by === undefined ? '' : `/${config.by}:${value}`;
    const name = `${scope}:${id}${by} ${kind}/${per}${nth}`;
    const quota = quotaOf(config);
    const make = () => newLimit(config, this.#identity(name, kind, value));
    // Keys and teams are as many as somebody configured; the others are whatever callers say.
    const isFixed = config.by === undefined || config.by === 'key' || config.by === 'team';
    return isFixed
      ? this.#states.get(name, quota, make)
      : this.#states.getPassing(name, quota, make);
  }

  #identity(id: string, kind: LimitKind, value: string): LimitIdentity {
    const { kind: scope, name } = this.#scope;
    const { by } = this.#config;
    const holder = by === undefined || scope !== 'all' ? scopeNames[scope](name) : undefined;
    const each = by === undefined ? undefined : eachNames[by](value);
    const whose = [holder, each].filter((one) => one !== undefined).join(', ');
    const counted = by ?? scope;
    const network = by === 'address' ? value : undefined;
    const label = counted === 'key' && scope !== 'team' ? kind : `${counted}-${kind}`;
    return { id, kind, whose, label, network };
  }
}

const scopeNames: Readonly<Record<Scope['kind'], (name: string) => string>> = {
  all: () => 'all callers together',
  key: () => 'this key',
  team: (name) => `team ${name}`,
  model: (name) => `model ${name}`,
  api: (name) => `API ${name}`,
  prompt: (name) => `prompt ${name}`,
};

const eachNames: Readonly<Record<NonNullable<LimitConfig['by']>, (value: string) => string>> = {
  key: () => 'this key',
  team: (value) => `team ${value}`,
  model: (value) => `model ${value}`,
  address: (value) => `callers from ${value}`,
  route: (value) => `calls of ${value}`,
};

function valueOf(subject: Subject, by: LimitConfig['by']): string | undefined {
  switch (by) {
    case 'key':
      return subject.key?.id;
    case 'team':
      return subject.team;
    case 'model':
      return subject.model;
    case 'route':
      return subject.route;
    case 'address':
      return subject.address === undefined ? undefined : household(subject.address);
    default:
      return undefined;
  }
}

export function kindOf(config: LimitConfig): LimitKind {
  if ('requests' in config) return 'requests';
  if ('tokens' in config) return 'tokens';
  return 'cost' in config ? 'cost' : 'concurrency';
}

function quotaOf(config: LimitConfig): number {
  if ('requests' in config) return config.requests;
  if ('tokens' in config) return config.tokens;
  return 'cost' in config ? Math.round(config.cost * NANOS_PER_DOLLAR) : config.concurrency;
}

/** Money is counted by the calendar, as bills are; anything else where its period is one. */
export function periodOf(config: LimitConfig): Period | undefined {
  if ('concurrency' in config) return undefined;
  return 'cost' in config || typeof config.per === 'string' ? config.per : undefined;
}

function newLimit(config: LimitConfig, identity: LimitIdentity): Limit {
  const quota = quotaOf(config);
  if ('concurrency' in config) return new Concurrency(identity, quota);
  const period = periodOf(config);
  if (period !== undefined) return new Budget(identity, quota, period);
  const burst = 'requests' in config ? config.burst : undefined;
  return new Rate(identity, quota, Number(config.per), burst);
}
