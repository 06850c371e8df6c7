import type { Config } from '@vitalgate/contract';
import { LimitStates } from './access/limits/states.ts';
import { WrongKeys } from './access/wrong-keys.ts';
import { MappingThread } from './apis/mapping.ts';
import { openAnswers } from './cache/open.ts';
import { Responses } from './cache/responses.ts';
import { Captures } from './capture/captures.ts';
import { ReadingThread } from './guard/reading-thread.ts';
import { Metrics } from './observe/metrics.ts';
import { Refusals } from './observe/refusals.ts';
import { Headroom } from './request/headroom.ts';
import { RetryBudget } from './routing/retry-budget.ts';
import type { Shared } from './running.ts';
import { noPeers, type Peers } from './shared/peers.ts';
import { loadState, saveState } from './store/state.ts';
import { SteadyWall } from './store/steady-wall.ts';
import { StoreWatch } from './store/watch.ts';
import { Turns } from './turns.ts';
import { DailySpend } from './upstream/daily-spend.ts';
import { joinSiblings, type Line } from './workers/siblings.ts';

/** What stands before the rest can be made. */
type Begun = Pick<
  Shared,
  | 'clock'
  | 'random'
  | 'log'
  | 'hide'
  | 'journal'
  | 'tracker'
  | 'deadlines'
  | 'lifecycle'
  | 'localModels'
  | 'store'
>;

interface ShareOptions {
  /** That of the start. */
  readonly config: Config;
  /** To the other processes of this machine, where there are some. */
  readonly line: Line | undefined;
  /** Reads anew what another instance may have changed in the store. */
  readonly refresh: () => Promise<void>;
}

const CANARY_STATE = 'canary-spend';

/** Makes the parts that live as long as the process, and writes down what becomes of them. */
export async function share(begun: Begun, options: ShareOptions): Promise<Shared> {
  const { clock, log, journal, tracker, store } = begun;
  const { config, line, refresh } = options;
  const answers = await openAnswers(config, begun);
  const shared: Shared = {
    ...begun,
    metrics: new Metrics(),
    refusals: new Refusals(clock, log),
    retryBudget: new RetryBudget(clock),
    loads: new Map(),
    limitStates: new LimitStates(),
    wrongKeys: new WrongKeys(),
    apiLoads: new Map(),
    steadyWall: new SteadyWall(clock),
    headroom: new Headroom(clock),
    peers: await peersOf(config, line, begun),
    tunnels: new Set(),
    underWay: new Set(),
    keeper: {
      read: (name) => loadState(store, name),
      write: (name, value) => saveState(store, name, value),
    },
    answers,
    responses: new Responses(answers, clock),
    canarySpend: new DailySpend(clock, await loadState(store, CANARY_STATE), (spent) =>
      saveState(store, CANARY_STATE, spent),
    ),
    captures: new Captures(config.store, journal.directory, (problem) => {
      if (problem === undefined) log.info('the store takes prompts and answers again');
      else log.error({ problem }, 'the store takes no prompts and answers; they wait in memory');
    }),
    readingThread: new ReadingThread(clock, (problem) =>
      log.warn(
        { problem },
        'the thread that reads long texts ended; they are read beside the calls',
      ),
    ),
    mappingThread: new MappingThread(clock, (problem) =>
      log.warn({ problem }, 'the thread that maps documents ended, and what it mapped is refused'),
    ),
    descriptionTurns: new Turns(),
    storeWatch: new StoreWatch({
      store,
      clock,
      refresh,
      onChange(problem) {
        if (problem === undefined) log.info({ store: store.shown }, 'the store answers again');
        else log.error({ store: store.shown, problem }, 'the store does not answer; calls go on');
      },
    }),
  };
  const lost = await shared.captures.countLost(store);
  if (lost > 0) log.warn({ lost }, 'what these calls said was not written down before a kill');
  journal.onChange = (problem) => {
    if (problem === undefined) log.info('the store takes ledger rows again');
    else log.error({ problem }, 'the store takes no ledger rows; they wait in the spool');
  };
  tracker.onTransition(({ id, from, to, reason }) => {
    shared.metrics.targetChanged(id, to, reason);
    log.warn({ target: id, from, to, reason }, 'target changed');
  });
  return shared;
}

/** Those with whom limits are kept and targets are watched together. */
async function peersOf({ shared }: Config, line: Line | undefined, parts: Begun): Promise<Peers> {
  if (shared === undefined) return line === undefined ? noPeers : joinSiblings(line, parts);
  // Most share nothing, and a client of Redis takes long to load.
  const { joinPeers } = await import('./shared/join.ts');
  return joinPeers(shared, parts);
}
