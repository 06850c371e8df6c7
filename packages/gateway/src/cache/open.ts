import type { Config } from '@vitalgate/contract';
import type { Clock } from '@vitalgate/health';
import type { Log } from '../observe/log.ts';
import type { Store } from '../store/database.ts';
import { lastErasure } from '../store/erase.ts';
import { answersFileOf, placeOf } from '../store/place.ts';
import { SqliteAnswers } from '../store/sqlite-answers.ts';
import type { Deadlines } from '../upstream/deadlines.ts';
import type { AnswerStore } from './entry.ts';
import { KeptAnswers, type Keeper } from './kept.ts';
import { Levels } from './levels.ts';
import { Memory } from './memory.ts';

interface Parts {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  readonly store: Store;
}

/** Where answers are remembered, as the configuration says it. */
export async function openAnswers(config: Config, parts: Parts): Promise<AnswerStore> {
  const { cache, workers } = config;
  const { clock, deadlines, log, store } = parts;
  const memory = new Memory(cache.memory);
  const keeper = await keeperOf(config, clock);
  if (keeper === undefined) return memory;
  const kept = new KeptAnswers(keeper, {
    clock,
    deadlines,
    erasure: String(await lastErasure(store)),
    onChange(problem) {
      if (problem === undefined) log.info({ cache: cache.store }, 'answers are remembered again');
      else log.error({ cache: cache.store, problem }, 'no answers are remembered; calls go on');
    },
  });
  await kept.recover();
  // What others may change is asked for there each time.
  return cache.store === 'sqlite' && workers === 1 ? new Levels(memory, kept) : kept;
}

async function keeperOf(
  { cache, shared, store }: Config,
  clock: Clock,
): Promise<Keeper | undefined> {
  if (cache.store === 'sqlite') {
    return SqliteAnswers.open(cache.file ?? answersFileOf(placeOf(store)), cache.size);
  }
  if (cache.store === 'memory' || shared === undefined) return undefined;
  // Most share nothing, and a client of Redis takes long to load.
  const { RedisAnswers } = await import('../shared/redis-answers.ts');
  return RedisAnswers.open(shared, cache.size, clock);
}
