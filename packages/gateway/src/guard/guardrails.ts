import { Failure, type Config, type GuardrailConfig } from '@vitalgate/contract';
import type { Key } from '../access/keys.ts';
import type { Route } from '../routing/routes.ts';
import type { Clock } from '@vitalgate/health';
import type { Deadlines } from '../upstream/deadlines.ts';
import { buildGuardrail, settingsOf } from './build.ts';
import type { Guardrail, Side } from './guardrail.ts';
import type { ReadingThread } from './reading-thread.ts';
import { Search } from './search.ts';
import { webhook } from './webhook.ts';

/** The guardrails that hold for one request, as far as both of its sides need them. */
export interface Applied {
  readonly request: Guarded;
  readonly answer: Guarded;
}

export interface Guarded {
  readonly guardrails: readonly Guardrail[];
  readonly search: Search;
}

interface Parts {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Reads long texts. */
  readonly readingThread: ReadingThread;
}

const MOST_SETS = 1000;

/** Who is guarded by what. */
export class Guardrails {
  readonly #thread: ReadingThread;
  readonly #all: readonly Guardrail[];
  readonly #byName: ReadonlyMap<string, Guardrail>;
  readonly #ofTeams: ReadonlyMap<string, readonly string[] | undefined>;
  /** Of the names of keys that guardrails name themselves: those of the store are no part of a configuration. */
  readonly #ofKeys = new Map<string, string[]>();
  /** By the names that apply: sets are few, and made once. */
  readonly #sets = new Map<string, Applied | undefined>();

  constructor(config: Pick<Config, 'guardrails' | 'teams'>, parts: Parts) {
    const built = config.guardrails.map((one) => [one, askingGuardrail(one, parts)] as const);
    this.#thread = parts.readingThread;
    this.#all = built.flatMap(([one, guardrail]) => (one.appliesTo === 'all' ? [guardrail] : []));
    this.#ofTeams = new Map(config.teams.map(({ name, guardrails }) => [name, guardrails]));
    this.#byName = new Map(built.map(([{ name }, guardrail]) => [name, guardrail]));
    for (const { name, appliesTo } of config.guardrails) {
      const keys = typeof appliesTo === 'object' ? (appliesTo.keys ?? []) : [];
      for (const key of keys) this.#ofKeys.set(key, [...(this.#ofKeys.get(key) ?? []), name]);
    }
  }

  /**
   * Those for all, and those that a key, team or model names; undefined when there are none.
   *
   * @throws {Failure} `guardrail_blocked` for a key of the store that names one which is no more:
   *   what was to be guarded is not let through unguarded
   */
  of(
    key: Pick<Key, 'name' | 'guardrails' | 'team'> | undefined,
    route: Pick<Route, 'guardrails'>,
  ): Applied | undefined {
    const ofTeam = key?.team === undefined ? undefined : this.#ofTeams.get(key.team);
    const ofKey = this.#ofKeys.get(key?.name ?? '');
    const isNamed = key?.guardrails ?? ofKey ?? ofTeam ?? route.guardrails;
    if (isNamed === undefined && this.#all.length === 0) return undefined;
    const id = [key?.guardrails, ofKey, ofTeam, route.guardrails]
      .flatMap((names) => names ?? [])
      .join(' ');
    if (this.#sets.has(id)) return this.#sets.get(id);
    const guardrails = new Set(this.#all);
    for (const name of id.split(' ')) {
      const guardrail = this.#byName.get(name);
      if (guardrail !== undefined) guardrails.add(guardrail);
      else if (name !== '') throw missing(name);
    }
    const applied =
      guardrails.size === 0
        ? undefined
        : {
            request: guarded([...guardrails], 'request', this.#thread),
            answer: guarded([...guardrails], 'answer', this.#thread),
          };
    if (this.#sets.size >= MOST_SETS) this.#sets.clear();
    this.#sets.set(id, applied);
    return applied;
  }

  /** What a text would meet that somebody tries: one guardrail by name, or those for all. */
  tried(name: string | undefined, side: Side): Guarded | undefined {
    if (name === undefined) return guarded(this.#all, side);
    const one = this.#byName.get(name);
    return one === undefined ? undefined : guarded([one], side);
  }

  close(): void {
    for (const { webhook } of this.#byName.values()) webhook?.close();
  }
}

const missing = (name: string) =>
  new Failure(
    'guardrail_blocked',
    `this key is guarded by ${name}, which is not configured; ask the operator for it`,
  );

export function guarded(
  all: readonly Guardrail[],
  side: Side,
  readingThread?: ReadingThread,
): Guarded {
  const guardrails = all.filter(({ on }) => on.has(side));
  return { guardrails, search: new Search(guardrails, { readingThread }) };
}

/** A guardrail with the judge that it asks, where it has one. */
function askingGuardrail(config: GuardrailConfig, parts: Parts): Guardrail {
  const guardrail = buildGuardrail(config);
  const [hook] = settingsOf(config, 'webhook');
  if (hook === undefined) return guardrail;
  const { url, timeout: timeoutMs, private: mayBePrivate, secret } = hook;
  return { ...guardrail, webhook: webhook({ url, timeoutMs, mayBePrivate, secret }, parts) };
}
