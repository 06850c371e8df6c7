import { randomUUID } from 'node:crypto';
import { ApiFailure, newDrill, type Drill } from '@vitalgate/contract/api';
import type { Config } from '@vitalgate/contract';
import type { Running } from '../running.ts';
import type { Handlers } from './asked.ts';

/** One scenario, played once more. */
export interface DrillScore {
  readonly scenario: string;
  readonly passed: boolean;
  readonly served: number;
  readonly told: number;
  readonly lied: number;
  /** What callers saw, each kind once. */
  readonly seen: readonly string[];
  readonly slowestMs: number;
}

/** Whoever starts the gateway brings what breaks providers: in a process of its own. */
export interface DrillRunner {
  readonly scenarios: readonly {
    readonly name: string;
    readonly title: string;
    readonly description: string;
  }[];
  /** Plays of one scenario. */
  playsOf(config: Config): number;
  /**
   * Plays scenarios against a copy of the configuration; resolves when all are played, or when
   * `signal` has ended it.
   */
  run(
    config: Config,
    scenarios: readonly string[],
    options: {
      readonly signal: AbortSignal;
      readonly onStart: (scenario: string) => void;
      readonly onScore: (score: DrillScore) => void;
    },
  ): Promise<void>;
}

/** Of one run of the program. */
const MOST_KEPT = 20;

interface DrillOptions {
  readonly runner: DrillRunner;
  readonly current: () => Running;
  readonly tell: (drill: Drill) => void;
}

/** Drills: one at a time, beside the real traffic. */
export class Drills {
  readonly handlers: Handlers;
  readonly #options: DrillOptions;
  readonly #drills: Drill[] = [];
  #ending: AbortController | undefined;

  constructor(options: DrillOptions) {
    this.#options = options;
    const { scenarios } = options.runner;
    this.handlers = {
      'GET /api/drills/scenarios': () => ({ items: scenarios.map((one) => ({ ...one })) }),
      'GET /api/drills': () => ({ items: this.#drills }),
      'GET /api/drills/{id}': ({ params }) => this.#find(params['id']),
      'POST /api/drills': ({ body }) => this.#start(body.scenarios),
      'DELETE /api/drills/{id}': ({ params }) => this.#cancel(params['id']),
    };
  }

  /** Ends what runs. */
  close(): void {
    this.#ending?.abort();
  }

  #find(id: string | undefined): Drill {
    const drill = this.#drills.find((one) => one.id === id);
    if (drill === undefined) throw new ApiFailure('not_found', 'there is no such drill');
    return drill;
  }

  #start(wanted: readonly string[] | undefined): Drill {
    const { runner, current } = this.#options;
    const known = runner.scenarios.map(({ name }) => name);
    const strange = wanted?.find((name) => !known.includes(name));
    if (strange !== undefined) {
      throw new ApiFailure('invalid_request', 'found a scenario that there is not', {
        errors: [{ path: 'body.scenarios', message: `expected some of: ${known.join(', ')}` }],
      });
    }
    if (this.#ending !== undefined) throw new ApiFailure('in_use', 'a drill is running already');
    const { config, clock } = current();
    if (config.models.length === 0) throw new ApiFailure('in_use', 'there is no model to drill');
    const chosen = runner.scenarios.filter(({ name }) => wanted?.includes(name) !== false);
    const id = `drill_${randomUUID().replaceAll('-', '')}`;
    const drill = newDrill(id, new Date(clock.wall()).toISOString(), chosen);
    this.#drills.unshift(drill);
    this.#drills.splice(MOST_KEPT);
    const ending = new AbortController();
    this.#ending = ending;
    void this.#run(drill, config, ending.signal);
    return drill;
  }

  async #run(drill: Drill, config: Config, signal: AbortSignal): Promise<void> {
    const { runner, current, tell } = this.#options;
    const each = runner.playsOf(config);
    const left = new Map(drill.results.map(({ scenario }) => [scenario, each]));
    const resultOf = (scenario: string) => drill.results.find((one) => one.scenario === scenario);
    let played = 0;
    try {
      const names = drill.results.map(({ scenario }) => scenario);
      await runner.run(config, names, {
        signal,
        onStart(scenario) {
          const result = resultOf(scenario);
          if (result?.state !== 'waiting') return;
          result.state = 'running';
          tell(drill);
        },
        onScore({ scenario, ...score }) {
          const result = resultOf(scenario);
          if (result === undefined) return;
          played += 1;
          drill.progress = Math.min(1, played / (each * drill.results.length));
          left.set(scenario, (left.get(scenario) ?? 1) - 1);
          take(result, score, left.get(scenario) === 0);
          tell(drill);
        },
      });
      drill.state = signal.aborted ? 'cancelled' : 'finished';
    } catch (error) {
      drill.state = signal.aborted ? 'cancelled' : 'failed';
      drill.problem = signal.aborted || !(error instanceof Error) ? null : error.message;
    }
    drill.endedAt = new Date(current().clock.wall()).toISOString();
    this.#ending = undefined;
    tell(drill);
  }

  #cancel(id: string | undefined): Drill {
    const drill = this.#find(id);
    if (drill.state !== 'running') throw new ApiFailure('in_use', 'this drill is over');
    this.#ending?.abort();
    return drill;
  }
}

type Result = Drill['results'][number];

/** Adds one play to what is known of its scenario; one that failed decides. */
function take(result: Result, score: Omit<DrillScore, 'scenario'>, isLast: boolean): void {
  result.requests += score.served + score.told + score.lied;
  result.served += score.served;
  result.told += score.told;
  result.lied += score.lied;
  result.slowestMs = Math.max(result.slowestMs ?? 0, score.slowestMs);
  const seen = new Set([...result.words.split('; '), ...score.seen].filter((one) => one !== ''));
  result.words = [...seen].join('; ');
  if (!score.passed) result.state = 'failed';
  else if (isLast && result.state !== 'failed') result.state = 'passed';
}
