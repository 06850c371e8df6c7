import type { Config } from '@vitalgate/contract';
import type { Clock, Tracker } from '@vitalgate/health';
import type { AdminTokens } from './access/admin-tokens.ts';
import type { Api, ApiLoad } from './apis/api.ts';
import type { AnswerStore } from './cache/entry.ts';
import type { Responses } from './cache/responses.ts';
import type { Keeper } from './apis/description-source.ts';
import type { ApiRouter } from './apis/match.ts';
import type { TokenKeys } from './access/jwt.ts';
import type { Keyring } from './access/keys.ts';
import type { Limits } from './access/limits/limits.ts';
import type { LimitStates } from './access/limits/states.ts';
import type { NetworkRule, Networks } from './access/networks.ts';
import type { Captures } from './capture/captures.ts';
import type { WrongKeys } from './access/wrong-keys.ts';
import type { Guardrails } from './guard/guardrails.ts';
import type { MappingThread } from './apis/mapping.ts';
import type { ReadingThread } from './guard/reading-thread.ts';
import type { LocalModels } from './local/models.ts';
import type { Prompt } from './prompts/prompt.ts';
import type { Log } from './observe/log.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Refusals } from './observe/refusals.ts';
import type { TargetLoad } from './routing/load.ts';
import type { Arrival } from './request/exchange.ts';
import type { Headroom } from './request/headroom.ts';
import type { RetryBudget } from './routing/retry-budget.ts';
import type { Route } from './routing/routes.ts';
import type { Peers } from './shared/peers.ts';
import type { Capacity } from './server/capacity.ts';
import type { Store } from './store/database.ts';
import type { Turns } from './turns.ts';
import type { SteadyWall } from './store/steady-wall.ts';
import type { Journal } from './store/journal.ts';
import type { DailySpend } from './upstream/daily-spend.ts';
import type { StoreWatch } from './store/watch.ts';
import type { Deadlines } from './upstream/deadlines.ts';
import type { Provider } from './upstream/provider.ts';

/** Parts that live as long as the process, whatever the configuration says. */
export interface Shared {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** The one redactor. */
  readonly hide: (text: string) => string;
  readonly metrics: Metrics;
  readonly refusals: Refusals;
  readonly journal: Journal;
  readonly tracker: Tracker;
  readonly retryBudget: RetryBudget;
  readonly limitStates: LimitStates;
  readonly wrongKeys: WrongKeys;
  readonly peers: Peers;
  /** By target id and criteria; kept across reloads. */
  readonly loads: Map<string, TargetLoad>;
  /** By target id and address; kept across reloads. */
  readonly apiLoads: Map<string, ApiLoad>;
  /** Connections that have become ones of another protocol, by way of a WebSocket handshake. */
  readonly tunnels: Set<{ close(): void }>;
  /** Exchanges that go on, and end when their key is revoked. */
  readonly underWay: Set<Arrival>;
  readonly deadlines: Deadlines;
  readonly canarySpend: DailySpend;
  /** What parts want to find again after a restart. */
  readonly keeper: Keeper;
  /** Answers that are remembered; kept across reloads. */
  readonly answers: AnswerStore;
  /** Those of APIs, in the same place. */
  readonly responses: Responses;
  readonly lifecycle: Lifecycle;
  readonly localModels: LocalModels;
  readonly storeWatch: StoreWatch;
  readonly steadyWall: SteadyWall;
  readonly headroom: Headroom;
  readonly store: Store;
  readonly captures: Captures;
  /** Reads long texts for guardrails. */
  readonly readingThread: ReadingThread;
  /** Maps documents for which this is no place. */
  readonly mappingThread: MappingThread;
  /** Descriptions of APIs are looked through one after the other. */
  readonly descriptionTurns: Turns;
}

/** Parts that one configuration makes, replaced as a whole when it is reloaded. */
export interface Configured {
  readonly config: Config;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly routes: ReadonlyMap<string, Route>;
  readonly apis: ReadonlyMap<string, Api>;
  readonly apiRouter: ApiRouter;
  /** By path. */
  readonly prompts: ReadonlyMap<string, Prompt>;
  readonly keyring: Keyring;
  readonly tokenKeys: TokenKeys;
  readonly limits: Limits;
  readonly guardrails: Guardrails;
  readonly adminTokens: AdminTokens;
  readonly trustedProxies: Networks;
  /** Who may reach which listener. */
  readonly rules: Readonly<Record<'gateway' | 'admin' | 'probes' | 'agent' | 'grpc', NetworkRule>>;
}

/** What a request works with, from its arrival to its end, even across a reload. */
export type Running = Shared & Configured;

/** Where the process is in its life. */
export interface Lifecycle {
  phase: 'starting' | 'serving' | 'draining';
  /** It drains, and its balancers had time to notice. */
  isClosed: boolean;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Requests being handled. */
  inFlight: number;
  /** How many may be, and how many connections. */
  readonly capacity: Capacity;
  /** Connections of callers that were closed because there were as many as may be. */
  refusedConnections: number;
  /** Monotonic milliseconds at which the log last said so. */
  toldOfFloodAt: number;
  /** Why the configuration in use is not the one in the file; undefined when it is. */
  configProblem: string | undefined;
}
